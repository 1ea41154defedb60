package dev.lockstep.data;

import dev.lockstep.core.Identity;
import dev.lockstep.core.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/// What holds for one request's transaction: the settings that say who asks and what, in the order
/// in which they are set. Role and claims come after the role's own settings, which the serving
/// account must be the one to set.
record RequestContext(List<Setting> settings) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    record Setting(String name, String value) {}

    RequestContext {
        settings = List.copyOf(settings);
    }

    static RequestContext of(
            RestRequest request,
            Identity identity,
            String schema,
            RestConfig config,
            Map<String, String> roleSettings,
            Optional<String> timezone,
            Map<String, String> functionSettings) {
        List<Setting> all = new ArrayList<>();
        all.add(new Setting("search_path", searchPath(schema, config)));
        roleSettings.forEach((name, value) -> all.add(new Setting(name, value)));
        all.add(new Setting("role", identity.role()));
        all.add(new Setting("request.jwt.claims", claims(identity)));
        all.add(new Setting("request.jwt.claim.role", identity.role()));
        Object subject = identity.claims().get("sub");
        all.add(new Setting("request.jwt.claim.sub", subject instanceof String s ? s : ""));
        all.add(new Setting("request.method", request.method()));
        all.add(new Setting("request.path", "/" + String.join("/", request.path())));
        all.add(new Setting("request.headers", headers(request)));
        all.add(new Setting("request.cookies", cookies(request)));
        timezone.ifPresent(zone -> all.add(new Setting("timezone", zone)));
        functionSettings.forEach((name, value) -> all.add(new Setting(name, value)));
        return new RequestContext(all);
    }

    private static String searchPath(String schema, RestConfig config) {
        return Stream.concat(Stream.of(schema), config.searchPath().stream())
                .distinct()
                .map(TableName::quote)
                .collect(Collectors.joining(", "));
    }

    /// All claims, with the role that really holds.
    private static String claims(Identity identity) {
        if (identity.role().equals(identity.claims().get("role"))) {
            return identity.claimsJson();
        }
        Map<String, Object> all = new LinkedHashMap<>(identity.claims());
        all.put("role", identity.role());
        return MAPPER.writeValueAsString(all);
    }

    private static String headers(RestRequest request) {
        Map<String, String> headers = new TreeMap<>(request.headers());
        headers.remove("cookie");
        return MAPPER.writeValueAsString(headers);
    }

    private static String cookies(RestRequest request) {
        Map<String, String> cookies = new LinkedHashMap<>();
        for (String one : request.header("cookie").orElse("").split(";")) {
            int equals = one.indexOf('=');
            if (equals > 0) {
                cookies.putIfAbsent(one.substring(0, equals).strip(), one.substring(equals + 1));
            }
        }
        return MAPPER.writeValueAsString(cookies);
    }
}
