package dev.lockstep.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What the answer is to look like.
///
/// @param contentType as the answer names it
record Media(Form form, boolean nullsStripped, String contentType) {
    enum Form {
        ARRAY,
        OBJECT,
        CSV
    }

    private static final String JSON = "application/json; charset=utf-8";
    private static final Media PLAIN = new Media(Form.ARRAY, false, JSON);

    private record Asked(String type, List<String> options, double quality) {}

    /// @throws RestException with PGRST107 when nothing that is asked for can be had
    static Media of(RestRequest request) {
        String header = request.header("accept").orElse("*/*");
        if (header.isBlank() || header.equals("*/*")) {
            return PLAIN;
        }
        return Arrays.stream(header.split(","))
                .map(Media::asked)
                .filter(asked -> asked.quality() > 0)
                .sorted(Comparator.comparingDouble(Asked::quality).reversed())
                .map(Media::of)
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> RestErrors.media(header).thrown());
    }

    private static Asked asked(String text) {
        String[] parts = text.toLowerCase(Locale.ROOT).split(";");
        List<String> options = Arrays.stream(parts).skip(1).map(String::strip).toList();
        double quality =
                options.stream()
                        .filter(option -> option.matches("q=[01](\\.\\d{1,3})?"))
                        .map(option -> Double.parseDouble(option.substring(2)))
                        .findFirst()
                        .orElse(1.0);
        return new Asked(parts.length == 0 ? "" : parts[0].strip(), options, quality);
    }

    private static Optional<Media> of(Asked asked) {
        boolean stripped = asked.options().contains("nulls=stripped");
        return switch (asked.type()) {
            case "*/*", "application/*", "application/json" -> Optional.of(PLAIN);
            case "application/vnd.pgrst.object", "application/vnd.pgrst.object+json" ->
                    Optional.of(vendor(Form.OBJECT, stripped, "object"));
            case "application/vnd.pgrst.array", "application/vnd.pgrst.array+json" ->
                    Optional.of(stripped ? vendor(Form.ARRAY, true, "array") : PLAIN);
            case "text/csv" -> Optional.of(new Media(Form.CSV, false, "text/csv; charset=utf-8"));
            default -> Optional.empty();
        };
    }

    private static Media vendor(Form form, boolean stripped, String name) {
        String option = stripped ? ";nulls=stripped" : "";
        return new Media(
                form,
                stripped,
                "application/vnd.pgrst." + name + "+json" + option + "; charset=utf-8");
    }

    boolean isSingle() {
        return form == Form.OBJECT;
    }
}
