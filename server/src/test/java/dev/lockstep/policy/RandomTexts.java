package dev.lockstep.policy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Random;

/// Random values of those types that have many.
final class RandomTexts {
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");
    private static final String LETTERS = "abAB iIß%_\\é";

    private RandomTexts() {}

    static Optional<String> of(String sqlType, Random random) {
        return Optional.ofNullable(
                switch (sqlType.replaceAll("[( ].*", "")) {
                    case "smallint" -> Integer.toString(random.nextInt(-300, 300));
                    case "integer" -> Integer.toString(random.nextInt());
                    case "bigint" -> Long.toString(random.nextLong());
                    case "oid" -> Integer.toUnsignedString(random.nextInt());
                    case "numeric" ->
                            sqlType.equals("numeric") ? decimal(random) : hundredths(random);
                    case "real" -> Float.toString((float) real(random));
                    case "double" -> Double.toString(real(random));
                    case "text", "varchar", "char", "citext", "name" -> letters(random);
                    case "date" -> moment(random).substring(0, 10);
                    case "timestamp", "timestamptz" -> moment(random) + fraction(random);
                    case "time" -> moment(random).substring(11) + fraction(random);
                    case "timetz" ->
                            moment(random).substring(11)
                                    + "%+03d".formatted(random.nextInt(-12, 13));
                    case "interval" ->
                            "%d mons %d days %d seconds"
                                    .formatted(
                                            random.nextInt(-5, 5),
                                            random.nextInt(-90, 90),
                                            random.nextInt(-200_000, 200_000));
                    case "bytea" -> "\\x" + "%04x".formatted(random.nextInt(65_536));
                    default -> null;
                });
    }

    private static String decimal(Random random) {
        return new BigDecimal(
                        new BigInteger(1 + random.nextInt(60), random), random.nextInt(-3, 12))
                .multiply(BigDecimal.valueOf(random.nextInt(-1, 2)))
                .toPlainString();
    }

    private static String hundredths(Random random) {
        return BigDecimal.valueOf(random.nextInt(-500, 500), 2).toPlainString();
    }

    /// Of any size that both floating types hold.
    private static double real(Random random) {
        return (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(-30, 30));
    }

    private static String letters(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    private static String moment(Random random) {
        return LocalDateTime.ofEpochSecond(
                        random.nextLong(-60_000_000_000L, 200_000_000_000L), 0, ZoneOffset.UTC)
                .format(SECONDS);
    }

    private static String fraction(Random random) {
        return random.nextBoolean() ? "" : ".%06d".formatted(random.nextInt(1_000_000));
    }
}
