package dev.lockstep.wire;

import static java.util.stream.Collectors.joining;

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
