package dev.lockstep.app.tail;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A change as one line, for people or for programs. Pure.
final class TailPrinter {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int WIDEST = 60;

    private final ZoneId zone;

    TailPrinter(ZoneId zone) {
        this.zone = zone;
    }

    /// `12:04:10.123 update id=7 status="ready" version=3`
    String line(TailEvent.RowChanged change) {
        String time =
                change.at()
                        .map(at -> TIME.format(Instant.ofEpochMilli(at).atZone(zone)))
                        .orElse("            ");
        String what =
                Optional.of(fields(change.key()))
                        .filter(text -> !text.isEmpty())
                        .map(text -> text + "  ")
                        .orElse("");
        return "%s  %-6s  %s%s"
                .formatted(time, change.operation(), what, fields(change.values()))
                .stripTrailing();
    }

    /// The same for programs: one JSON object, with nothing shortened.
    String json(TailEvent.RowChanged change, String table) {
        ObjectNode line = JSON.createObjectNode();
        change.at().ifPresent(at -> line.put("at", Instant.ofEpochMilli(at).toString()));
        line.put("table", table);
        line.put("op", change.operation());
        if (!change.key().isEmpty()) {
            line.set("key", change.key());
        }
        if (!change.values().isEmpty()) {
            line.set("values", change.values());
        }
        return JSON.writeValueAsString(line);
    }

    private static String fields(JsonNode object) {
        return object.properties().stream()
                .map(field -> field.getKey() + "=" + shorten(field.getValue()))
                .collect(Collectors.joining(" "));
    }

    /// JSON text has no line breaks or control characters, so a row cannot move the cursor.
    private static String shorten(JsonNode value) {
        String text = value.toString();
        return text.length() <= WIDEST ? text : text.substring(0, WIDEST - 1) + "…";
    }
}
