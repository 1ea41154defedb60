package dev.lockstep.stress;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Figures by scenario and subject, in the order in which they were measured.
final class Report {
    private final Map<String, Map<String, Map<String, Object>>> scenarios = new LinkedHashMap<>();

    /// One figure; several of one subject make a row.
    void add(String scenario, String subject, String figure, Object value) {
        scenarios
                .computeIfAbsent(scenario, _ -> new LinkedHashMap<>())
                .computeIfAbsent(subject, _ -> new LinkedHashMap<>())
                .put(figure, value instanceof Double number ? rounded(number) : value);
    }

    private static Object rounded(double number) {
        if (Double.isNaN(number)) {
            return "-";
        }
        double scale = Math.abs(number) >= 1_000 ? 1 : Math.abs(number) >= 100 ? 10 : 100;
        return Math.round(number * scale) / scale;
    }

    String json() {
        return JsonMapper.builder()
                .build()
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(scenarios);
    }

    /// Tables that read well on a terminal and in a page alike.
    String markdown() {
        StringBuilder out = new StringBuilder();
        scenarios.forEach((scenario, subjects) -> {
            out.append("### ").append(scenario).append("\n\n");
            table(out, subjects);
            out.append('\n');
        });
        return out.toString();
    }

    private static void table(StringBuilder out, Map<String, Map<String, Object>> subjects) {
        Map<String, Integer> widths = new LinkedHashMap<>();
        widths.put("", 0);
        subjects.forEach((subject, figures) -> {
            widths.merge("", subject.length(), Math::max);
            figures.forEach((figure, value) ->
                    widths.merge(
                            figure, Math.max(figure.length(), print(value).length()), Math::max));
        });
        out.append('|');
        widths.forEach((figure, width) -> out.append(' ').append(pad(figure, width)).append(" |"));
        out.append("\n|");
        widths.forEach((_, width) -> out.append("-".repeat(width + 2)).append('|'));
        out.append('\n');
        subjects.forEach((subject, figures) -> {
            out.append('|');
            widths.forEach((figure, width) -> {
                Object value = figure.isEmpty() ? subject : figures.getOrDefault(figure, "");
                out.append(' ').append(pad(print(value), width)).append(" |");
            });
            out.append('\n');
        });
    }

    private static String print(Object value) {
        return switch (value) {
            case Double number when number == Math.rint(number) && Math.abs(number) >= 1_000 ->
                    String.format(Locale.ROOT, "%,.0f", number);
            case Long number -> String.format(Locale.ROOT, "%,d", number);
            case Integer number -> String.format(Locale.ROOT, "%,d", number);
            case Object other -> other.toString();
        };
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
