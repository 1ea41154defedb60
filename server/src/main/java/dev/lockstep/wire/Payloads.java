package dev.lockstep.wire;

import static java.util.stream.Collectors.joining;

import dev.lockstep.error.Failure;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The JSON objects that the server itself composes: replies, `system` words and presence.
public final class Payloads {
    public static final String EMPTY = "{}";

    private Payloads() {}

    /// `{"reason":…}`, as refusals carry it.
    public static String reason(String reason) {
        return "{\"reason\":" + quote(reason) + "}";
    }

    /// A refusal of our own extension: beside the words, the code that programs read.
    public static String reason(String reason, String code) {
        return "{\"reason\":" + quote(reason) + ",\"code\":" + quote(code) + "}";
    }

    /// A refusal for a limit, which says what it is and when to come back.
    public static String reason(String reason, Failure.TooMany limit) {
        return "{\"reason\":" + quote(reason) + limit(limit) + "}";
    }

    /// A join's answer. The entries are JSON objects, echoed with their ids; `feeds` is left out
    /// when the client asked for none.
    public static String joined(List<String> changes, List<String> feeds) {
        StringBuilder out = new StringBuilder("{\"postgres_changes\":[");
        out.append(String.join(",", changes)).append(']');
        if (!feeds.isEmpty()) {
            out.append(",\"feeds\":[").append(String.join(",", feeds)).append(']');
        }
        return out.append('}').toString();
    }

    /// The echo of one feed: what was asked for, without its token, and what it is known by.
    ///
    /// @param key the columns of the primary key
    public static String feed(FeedRequest asked, int id, List<String> key) {
        StringBuilder out = new StringBuilder("{\"table\":").append(quote(asked.table()));
        asked.select().ifPresent(columns -> out.append(",\"select\":").append(list(columns)));
        asked.where().ifPresent(where -> out.append(",\"where\":").append(quote(where)));
        asked.order().ifPresent(order -> out.append(",\"order\":").append(quote(order)));
        asked.limit().ifPresent(limit -> out.append(",\"limit\":").append(limit));
        if (asked.total()) {
            out.append(",\"total\":true");
        }
        out.append(",\"id\":").append(id).append(",\"key\":").append(list(key));
        return out.append('}').toString();
    }

    private static String list(List<String> texts) {
        return texts.stream().map(Payloads::quote).collect(joining(",", "[", "]"));
    }

    /// A `system` message; `channel` is the topic without its prefix.
    public static String system(String extension, String status, String message, String channel) {
        return "{\"extension\":"
                + quote(extension)
                + ",\"status\":"
                + quote(status)
                + ",\"message\":"
                + quote(message)
                + ",\"channel\":"
                + quote(channel)
                + "}";
    }

    /// A `system` message that says which limit was met.
    public static String system(Failure.TooMany limit, String channel) {
        String words = system("system", "error", limit.message(), channel);
        return words.substring(0, words.length() - 1) + limit(limit) + "}";
    }

    /// How a handshake is refused for a limit.
    public static String error(Failure.TooMany limit) {
        return "{\"error\":" + quote(limit.message()) + limit(limit) + "}";
    }

    /// How a broadcast by REST is refused for a limit: the reference has two sentences for it.
    public static String message(Failure.TooMany limit) {
        String words =
                limit.message().startsWith("Too many messages to ")
                        ? limit.message()
                        : "Too many requests";
        return "{\"message\":" + quote(words) + limit(limit) + "}";
    }

    private static String limit(Failure.TooMany limit) {
        return ",\"code\":"
                + quote(limit.code())
                + ",\"details\":"
                + details(limit)
                + ",\"retryAfter\":"
                + seconds(limit.retryAfter());
    }

    /// Which limit was met, and what it is, as a JSON object.
    public static String details(Failure.TooMany limit) {
        String value = limit.value() > 0 ? ",\"value\":" + limit.value() : "";
        return "{\"limit\":" + quote(limit.limit()) + value + "}";
    }

    /// Whole seconds, at least one, as `retryAfter` has them.
    public static long seconds(Duration wait) {
        return Math.max(1, wait.plusMillis(999).toSeconds());
    }

    /// A presence meta: the application's object with its reference, and the one that it replaces.
    public static String meta(String payload, String ref, String replaced) {
        String own = payload.strip();
        String inner = own.substring(1, own.length() - 1).strip();
        StringBuilder out = new StringBuilder("{\"phx_ref\":").append(quote(ref));
        if (!replaced.isEmpty()) {
            out.append(",\"phx_ref_prev\":").append(quote(replaced));
        }
        if (!inner.isEmpty()) {
            out.append(',').append(inner);
        }
        return out.append('}').toString();
    }

    /// `{key:{"metas":[…]}}` for each key; the metas are JSON objects.
    public static String presenceState(Map<String, List<String>> metas) {
        StringBuilder out = new StringBuilder("{");
        metas.forEach((key, list) -> {
            out.append(out.length() > 1 ? "," : "").append(quote(key));
            out.append(":{\"metas\":[").append(String.join(",", list)).append("]}");
        });
        return out.append('}').toString();
    }

    public static String presenceDiff(
            Map<String, List<String>> joins, Map<String, List<String>> leaves) {
        return "{\"joins\":" + presenceState(joins) + ",\"leaves\":" + presenceState(leaves) + "}";
    }

    private static String quote(String text) {
        return RawJson.quote(text);
    }
}
