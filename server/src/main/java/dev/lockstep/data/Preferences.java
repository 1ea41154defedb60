package dev.lockstep.data;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The `Prefer` header. Of one that is repeated the first counts.
///
/// @param invalid what was asked for and is not known
record Preferences(
        Optional<String> resolution,
        boolean missingDefault,
        Optional<String> missing,
        Optional<String> returning,
        Optional<String> count,
        Optional<String> transaction,
        Optional<String> handling,
        Optional<String> timezone,
        OptionalLong maxAffected,
        List<String> invalid) {
    private static final Map<String, List<String>> KNOWN =
            Map.of(
                    "resolution", List.of("merge-duplicates", "ignore-duplicates"),
                    "missing", List.of("default", "null"),
                    "return", List.of("representation", "minimal", "headers-only"),
                    "count", List.of("exact", "planned", "estimated"),
                    "tx", List.of("commit", "rollback"),
                    "handling", List.of("strict", "lenient"));

    static Preferences of(RestRequest request) {
        Map<String, String> found = new HashMap<>();
        List<String> invalid = new ArrayList<>();
        for (String one : request.header("prefer").orElse("").split(",")) {
            String word = one.strip();
            if (!word.isEmpty()) {
                int equals = word.indexOf('=');
                String name = equals < 0 ? word : word.substring(0, equals).strip();
                String value = equals < 0 ? "" : word.substring(equals + 1).strip();
                if (isValid(name, value)) {
                    found.putIfAbsent(name, value);
                } else {
                    invalid.add(word);
                }
            }
        }
        Preferences all =
                new Preferences(
                        Optional.ofNullable(found.get("resolution")),
                        "default".equals(found.get("missing")),
                        Optional.ofNullable(found.get("missing")),
                        Optional.ofNullable(found.get("return")),
                        Optional.ofNullable(found.get("count")),
                        Optional.ofNullable(found.get("tx")),
                        Optional.ofNullable(found.get("handling")),
                        Optional.ofNullable(found.get("timezone")),
                        found.containsKey("max-affected")
                                ? OptionalLong.of(Long.parseLong(found.get("max-affected")))
                                : OptionalLong.empty(),
                        invalid);
        if (all.isStrict() && !invalid.isEmpty()) {
            throw RestErrors.invalidPreferences(invalid).thrown();
        }
        return all;
    }

    private static boolean isValid(String name, String value) {
        return switch (name) {
            case "max-affected" -> value.matches("\\d{1,18}");
            case "timezone" -> isZone(value);
            default -> KNOWN.getOrDefault(name, List.of()).contains(value);
        };
    }

    private static boolean isZone(String name) {
        return ZoneId.getAvailableZoneIds().contains(name);
    }

    boolean isStrict() {
        return handling.equals(Optional.of("strict"));
    }

    boolean wantsRepresentation() {
        return returning.equals(Optional.of("representation"));
    }

    boolean merges() {
        return resolution.equals(Optional.of("merge-duplicates"));
    }

    /// Beyond how many affected rows the request fails; only when asked for strictly.
    OptionalLong affectedBound() {
        return isStrict() ? maxAffected : OptionalLong.empty();
    }

    boolean counts(String kind) {
        return count.equals(Optional.of(kind));
    }
}
