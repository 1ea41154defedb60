package dev.lockstep.data;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What PostgreSQL refused, in its own words, with the status that the protocol gives each
/// SQLSTATE.
final class SqlErrors {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String LOST = "PGRST001";

    private SqlErrors() {}

    /// @param anonymous the effective role is the one of requests without a token
    static RestError of(SQLException problem, boolean anonymous) {
        ServerErrorMessage server =
                problem instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
        if (server == null || server.getSQLState() == null) {
            return away();
        }
        String state = server.getSQLState();
        String message = text(server.getMessage());
        if (state.equals("PGRST")) {
            return raised(message, text(server.getDetail()));
        }
        RestError error = RestError.of(status(state, message, anonymous), state, message);
        if (server.getDetail() != null) {
            error = error.details(server.getDetail());
        }
        Optional<String> hint =
                Optional.ofNullable(server.getHint()).or(() -> ownHint(state, message));
        if (hint.isPresent()) {
            error = error.hint(hint.get());
        }
        if (error.status() == 401) {
            error = error.with("www-authenticate", "Bearer");
        }
        return error.status() == 503 ? error.with("retry-after", "1") : error;
    }

    /// The way to the database broke in the middle.
    static RestError away() {
        return RestError.of(503, LOST, "Database client error. Retrying the connection.")
                .with("retry-after", "1");
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    /// What a role lacks can be given; that it is there the refusal has said already.
    private static Optional<String> ownHint(String state, String message) {
        return state.equals("42501") && message.startsWith("permission denied for ")
                ? Optional.of("Whoever owns it can grant the privilege to the role that asked.")
                : Optional.empty();
    }

    private static int status(String state, String message, boolean anonymous) {
        if (state.startsWith("PT") && state.substring(2).matches("[2-5]\\d\\d")) {
            return Integer.parseInt(state.substring(2));
        }
        return switch (state) {
            case "23503", "23505" -> 409;
            case "25006" -> 405;
            case "21000" -> message.endsWith("requires a WHERE clause") ? 400 : 500;
            case "22023" ->
                    message.startsWith("role ") && message.endsWith("does not exist") ? 401 : 400;
            case "42883", "42P01" -> 404;
            case "42501" -> anonymous ? 401 : 403;
            case "53400" -> 500;
            case "57P01" -> 503;
            case "P0001" -> 400;
            default -> byClass(state.substring(0, 2));
        };
    }

    private static int byClass(String state) {
        return switch (state) {
            case "08", "53" -> 503;
            case "0L", "0P", "28" -> 403;
            case "09",
                    "25",
                    "2D",
                    "38",
                    "39",
                    "3B",
                    "40",
                    "54",
                    "55",
                    "57",
                    "58",
                    "F0",
                    "HV",
                    "P0",
                    "XX" ->
                    500;
            default -> 400;
        };
    }

    /// `RAISE SQLSTATE 'PGRST'`: message and detail are JSON that says the whole answer.
    private static RestError raised(String message, String detail) {
        try {
            JsonNode body = MAPPER.readTree(message);
            JsonNode frame = MAPPER.readTree(detail);
            int status = frame.path("status").asInt(0);
            if (!body.isObject()
                    || !body.path("code").isString()
                    || !body.path("message").isString()
                    || status < 200
                    || status > 599) {
                return malformedRaise();
            }
            RestError error =
                    RestError.of(
                            status, body.path("code").asString(), body.path("message").asString());
            if (body.hasNonNull("details")) {
                error = error.details(body.path("details").asString());
            }
            if (body.hasNonNull("hint")) {
                error = error.hint(body.path("hint").asString());
            }
            for (Map.Entry<String, JsonNode> header : frame.path("headers").properties()) {
                error =
                        ResponseSettings.checked(header.getKey(), header.getValue().asString())
                                ? error.with(
                                        header.getKey().toLowerCase(java.util.Locale.ROOT),
                                        header.getValue().asString())
                                : error;
            }
            return error;
        } catch (JacksonException _) {
            return malformedRaise();
        }
    }

    private static RestError malformedRaise() {
        return RestError.of(
                        500,
                        "PGRST121",
                        "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error")
                .details("Invalid JSON value for MESSAGE or DETAIL")
                .hint(
                        "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and"
                                + " optional key: 'status_text'. MESSAGE must be a JSON object with"
                                + " obligatory keys: 'code', 'message' and optional keys: 'details',"
                                + " 'hint'.");
    }

    /// Whether the refusal may come from a schema cache that is older than the database.
    static boolean mayBeStale(RestError error) {
        return List.of(
                        "42703",
                        "42P01",
                        "42883",
                        "42704",
                        "42846",
                        "42804",
                        "0A000",
                        "42P10",
                        "PGRST200",
                        "PGRST202",
                        "PGRST203",
                        "PGRST204",
                        "PGRST205",
                        "PGRST106")
                .contains(error.code());
    }
}
