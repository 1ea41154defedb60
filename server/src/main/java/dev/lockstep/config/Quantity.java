package dev.lockstep.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How durations (`500ms`, `30s`, `10m`, `2h`, `7d`) and sizes (`64MiB`, `5MB`, `512`) are written
/// in a configuration.
final class Quantity {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15})\\s*([a-zA-Z]*)");

    private Quantity() {}

    static Optional<Duration> duration(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(form.group(1));
        try {
            return switch (form.group(2)) {
                case "ms" -> Optional.of(Duration.ofMillis(amount));
                case "s" -> Optional.of(Duration.ofSeconds(amount));
                case "m" -> Optional.of(Duration.ofMinutes(amount));
                case "h" -> Optional.of(Duration.ofHours(amount));
                case "d" -> Optional.of(Duration.ofDays(amount));
                case "" -> amount == 0 ? Optional.of(Duration.ZERO) : Optional.empty();
                default -> Optional.empty();
            };
        } catch (ArithmeticException _) {
            return Optional.empty();
        }
    }

    static Optional<Long> bytes(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            return Optional.empty();
        }
        return unit(form.group(2)).flatMap(unit -> product(Long.parseLong(form.group(1)), unit));
    }

    static String print(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        if (millis % 86_400_000 == 0) {
            return millis / 86_400_000 + "d";
        }
        if (millis % 3_600_000 == 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    static String print(long bytes) {
        String[] units = {"", "KiB", "MiB", "GiB", "TiB"};
        int power = 0;
        long rest = bytes;
        while (rest != 0 && rest % 1024 == 0 && power < units.length - 1) {
            rest /= 1024;
            power++;
        }
        return rest + units[power];
    }

    private static Optional<Long> unit(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "", "b" -> Optional.of(1L);
            case "kib" -> Optional.of(1L << 10);
            case "mib" -> Optional.of(1L << 20);
            case "gib" -> Optional.of(1L << 30);
            case "tib" -> Optional.of(1L << 40);
            case "kb" -> Optional.of(1_000L);
            case "mb" -> Optional.of(1_000_000L);
            case "gb" -> Optional.of(1_000_000_000L);
            case "tb" -> Optional.of(1_000_000_000_000L);
            default -> Optional.empty();
        };
    }

    private static Optional<Long> product(long amount, long unit) {
        try {
            return Optional.of(Math.multiplyExact(amount, unit));
        } catch (ArithmeticException _) {
            return Optional.empty();
        }
    }
}
