package dev.lockstep.data;

import dev.lockstep.config.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What of the database the data API serves, and how much of it at once.
///
/// @param schemas exposed, the default first
/// @param searchPath further schemas in which a statement finds functions and types
/// @param maxRows of one answer; 0 for no bound
/// @param anonRole for requests without a token; nothing refuses them
/// @param roleClaim the path of the claim that names the role
/// @param filterRoles whose UPDATE and DELETE must have a filter
/// @param aggregates whether `sum()` and the like may be asked for
/// @param transactionEnd whether `Prefer: tx` is heeded
/// @param preRequest a function, `schema.name`, that runs before each statement
/// @param poolSize connections of its own
/// @param positionTimeout how long a read waits for the position that it names
public record RestConfig(
        List<String> schemas,
        List<String> searchPath,
        int maxRows,
        Optional<String> anonRole,
        List<String> roleClaim,
        List<String> filterRoles,
        boolean aggregates,
        boolean transactionEnd,
        Optional<String> preRequest,
        int poolSize,
        Duration positionTimeout) {
    public RestConfig {
        schemas = List.copyOf(schemas);
        searchPath = List.copyOf(searchPath);
        roleClaim = List.copyOf(roleClaim);
        filterRoles = List.copyOf(filterRoles);
    }

    public static RestConfig of(Settings settings) {
        List<String> schemas = settings.list("rest.schemas", List.of("public"));
        if (schemas.isEmpty()) {
            settings.problem("rest.schemas", "is empty: name at least one schema, e.g. public");
        }
        return new RestConfig(
                schemas.isEmpty() ? List.of("public") : schemas,
                settings.list("rest.search-path", List.of("public", "extensions")),
                settings.number("rest.max-rows", 1000, 0, 1_000_000),
                Optional.of(settings.text("rest.anon-role", "anon"))
                        .filter(role -> !role.equals("none")),
                List.of(settings.text("rest.role-claim", "role").split("\\.")),
                settings.list("rest.filter-required", List.of("anon", "authenticated")),
                settings.flag("rest.aggregates", false),
                settings.flag("rest.transaction-end", false),
                settings.text("rest.pre-request"),
                settings.number("rest.pool-size", 16, 1, 1000),
                settings.duration("rest.position-timeout", Duration.ofSeconds(5)));
    }
}
