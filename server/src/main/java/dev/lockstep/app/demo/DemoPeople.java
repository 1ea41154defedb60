package dev.lockstep.app.demo;

import dev.lockstep.auth.TokenMaker;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.http.Request;
import dev.lockstep.http.Response;
import dev.lockstep.http.Routes;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Stands in for sign-in until accounts exist: whoever sits at this machine may be any of the
/// demo's people, never more than role `authenticated`.
///
/// Added only by `demo` on 127.0.0.1, so every peer is this machine. A page from elsewhere that
/// this machine's browser shows is kept out by `Host` (a name that was bent to 127.0.0.1) and
/// `Origin`.
final class DemoPeople {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration LIFE = Duration.ofHours(1);
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:\\d{1,5})?");

    /// @param role what people call it
    /// @param tenant the id that rows carry
    /// @param duty what row policies go by
    /// @param station where somebody cooks; empty for others
    record Person(
            String id,
            String name,
            String role,
            String colour,
            String tenant,
            String tenantName,
            String duty,
            String station) {}

    private final List<Person> people;
    private final TokenMaker tokens;

    DemoPeople(List<Person> people, TokenMaker tokens) {
        this.people = List.copyOf(people);
        this.tokens = tokens;
    }

    /// Those of the demo's data; none where that was not loaded.
    static List<Person> read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet there =
                    statement.executeQuery(
                            "select to_regclass('lockstep.demo_people') is not null")) {
                if (!there.next() || !there.getBoolean(1)) {
                    return List.of();
                }
            }
            try (ResultSet rows =
                    statement.executeQuery(
                            "select id::text, name, role, colour, tenant_id::text, tenant, duty,"
                                    + " coalesce(station_id, '') from lockstep.demo_people order by id")) {
                List<Person> people = new ArrayList<>();
                while (rows.next()) {
                    people.add(
                            new Person(
                                    rows.getString(1),
                                    rows.getString(2),
                                    rows.getString(3),
                                    rows.getString(4),
                                    rows.getString(5),
                                    rows.getString(6),
                                    rows.getString(7),
                                    rows.getString(8)));
                }
                return people;
            }
        }
    }

    void addTo(Routes routes) {
        routes.add("GET", "/demo/people", this::list).add("POST", "/demo/token", this::token);
    }

    private Response list(Request request) {
        admit(request);
        return answer(people);
    }

    private Response token(Request request) {
        admit(request);
        String id = asked(request);
        Person person =
                people.stream()
                        .filter(one -> one.id().equals(id))
                        .findFirst()
                        .orElseThrow(
                                () -> new FailureException(new Failure.NotFound("such person")));
        String token =
                tokens.mint(
                        Map.of(
                                "role", "authenticated",
                                "sub", person.id(),
                                "name", person.name(),
                                "colour", person.colour(),
                                "app_metadata", metadata(person)),
                        LIFE);
        return answer(Map.of("token", token, "expiresIn", LIFE.toSeconds()));
    }

    /// What policies read of a person.
    private static Map<String, Object> metadata(Person person) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("tenant_id", person.tenant());
        metadata.put("role", person.duty());
        if (!person.station().isEmpty()) {
            metadata.put("station_id", person.station());
        }
        return metadata;
    }

    private static Response answer(Object value) {
        return Response.json(200, JSON.writeValueAsString(value)).with("cache-control", "no-store");
    }

    private static String asked(Request request) {
        try {
            return JSON.readTree(request.body()).path("person").asString("");
        } catch (JacksonException _) {
            throw new FailureException(
                    new Failure.Invalid("person", "give a JSON object such as {\"person\":\"…\"}"));
        }
    }

    private static void admit(Request request) {
        String host = request.header("host").orElse("");
        Optional<String> origin = request.header("origin");
        boolean ownPage = origin.isEmpty() || origin.get().equals("http://" + host);
        if (!LOOPBACK.matcher(host).matches() || !ownPage) {
            throw new FailureException(new Failure.Forbidden("use", "the demo's people from here"));
        }
    }
}
