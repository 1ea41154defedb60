package dev.lockstep.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.random.RandomGenerator;

/// Texts that a client might send: most nearly right, some not at all.
final class FuzzWords {
    private static final List<String> COLUMNS =
            List.of("id", "name", "n", "tags", "at", "body", "nothing", "\"odd name\"", "", "ctid");
    private static final List<String> OPERATORS =
            List.of(
                    "eq",
                    "neq",
                    "lt",
                    "lte",
                    "gt",
                    "gte",
                    "in",
                    "is",
                    "like",
                    "ilike",
                    "match",
                    "imatch",
                    "isdistinct",
                    "cs",
                    "cd",
                    "ov",
                    "fts",
                    "sl",
                    "",
                    "nonsense",
                    "not.eq",
                    "not.in",
                    "not.is",
                    "eq(any)",
                    "like(all)");
    private static final List<String> VALUES =
            List.of(
                    "1",
                    "-1",
                    "0",
                    "99999999999999999999999",
                    "1e400",
                    "NaN",
                    "null",
                    "true",
                    "(1,2,3)",
                    "(",
                    "()",
                    "(\"a\",b)",
                    "\"quoted\"",
                    "\"",
                    "\\",
                    "{a,b}",
                    "{",
                    "2026-01-01",
                    "2026-13-45T99:99",
                    "infinity",
                    "%x%",
                    "_",
                    "[",
                    "(?<",
                    "a{99999}",
                    "(((((((((((",
                    "é",
                    "\\u0000",
                    "';drop table",
                    "$1",
                    "(select 1)",
                    "*",
                    "");
    private static final List<String> JSON =
            List.of(
                    "null",
                    "true",
                    "0",
                    "-0",
                    "1e999999",
                    "123456789012345678901234567890",
                    "\"\"",
                    "\"\\ud800\"",
                    "\"\\udc00\\ud800\"",
                    "\"\\u0000\"",
                    "{}",
                    "[]",
                    "[[]]",
                    "{\"\":{}}",
                    "{\"a\":1,\"a\":2}",
                    "0.1e-400",
                    "\"é\"");
    private final RandomGenerator random;

    FuzzWords(RandomGenerator random) {
        this.random = random;
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private String condition() {
        return one(COLUMNS) + "=" + (chance(10) ? "not." : "") + one(OPERATORS) + "." + one(VALUES);
    }

    /// A filter as `postgres_changes` has it.
    String filter() {
        StringBuilder out = new StringBuilder(condition());
        while (chance(30)) {
            out.append(',').append(condition());
        }
        return mutated(out.toString());
    }

    /// A filter as a live feed has it.
    String where() {
        StringBuilder out = new StringBuilder(term(random.nextInt(4)));
        while (chance(30)) {
            out.append('&').append(term(random.nextInt(4)));
        }
        return chance(2) ? "not.and=(".repeat(3_000) : mutated(out.toString());
    }

    private String term(int depth) {
        if (depth == 0) {
            return condition();
        }
        String inner = one(COLUMNS) + "." + one(OPERATORS) + "." + one(VALUES);
        for (int i = 1; i < depth; i++) {
            inner = one(List.of("and", "or", "not.and", "not.or")) + "(" + inner + ",id.gt.0)";
        }
        return one(List.of("and", "or", "not.or")) + "=(" + inner + ")";
    }

    /// A JSON value, sometimes deep, sometimes long.
    String json() {
        return switch (random.nextInt(40)) {
            case 0 -> "[".repeat(random.nextInt(5_000)) + "]".repeat(random.nextInt(5_000));
            case 1 -> "{\"a\":".repeat(150) + "1" + "}".repeat(150);
            case 2 -> '"' + "x".repeat(random.nextInt(20_000)) + '"';
            case 3 -> "9".repeat(random.nextInt(5_000) + 1);
            default -> one(JSON);
        };
    }

    String object() {
        return chance(80) ? "{\"k\":" + json() + "}" : json();
    }

    private String changes() {
        return "{\"event\":"
                + (chance(90) ? quoted(one(List.of("*", "INSERT", "update", "x"))) : json())
                + ",\"schema\":"
                + (chance(90) ? quoted(one(List.of("public", "*", "pg_catalog", "auth"))) : json())
                + ",\"table\":"
                + (chance(90) ? quoted(one(List.of("fuzzed", "fuzzed", "secrets", "*"))) : json())
                + (chance(60) ? ",\"filter\":" + quoted(filter()) : "")
                + (chance(20) ? ",\"select\":[" + quoted(one(COLUMNS)) + "]" : "")
                + (chance(5) ? ",\"select\":" + json() : "")
                + "}";
    }

    String feed() {
        return "{\"table\":"
                + (chance(90)
                        ? quoted(one(List.of("fuzzed", "public.fuzzed", "secrets", "a.b.c", "")))
                        : json())
                + (chance(60) ? ",\"where\":" + quoted(where()) : "")
                + (chance(20) ? ",\"order\":" + quoted(mutated("n.desc.nullslast,id.asc")) : "")
                + (chance(20) ? ",\"limit\":" + one(List.of("1", "0", "-5", "99999999999")) : "")
                + (chance(20) ? ",\"select\":[" + quoted(one(COLUMNS)) + "]" : "")
                + (chance(20) ? ",\"since\":" + quoted(mutated("AAECAwQFBgcICQoLDA0ODw")) : "")
                + (chance(10) ? ",\"batchMs\":" + json() : "")
                + (chance(10) ? ",\"total\":" + json() : "")
                + "}";
    }

    String config() {
        StringBuilder out = new StringBuilder("{\"broadcast\":");
        out.append(chance(90) ? "{\"ack\":true,\"self\":\"TRUE\"}" : json());
        out.append(",\"presence\":");
        out.append(chance(80) ? "{\"key\":\"k\",\"enabled\":" + json() + "}" : json());
        if (chance(40)) {
            out.append(",\"postgres_changes\":[").append(changes());
            out.append(chance(30) ? "," + changes() : "").append(']');
        }
        if (chance(15)) {
            out.append(",\"feeds\":[").append(feed()).append(chance(20) ? "," + feed() : "");
            out.append(']');
        }
        out.append(chance(10) ? ",\"private\":" + json() : "");
        out.append(chance(5) ? ",\"postgres_changes_options\":{\"wait\":true,\"timeout\":50}" : "");
        return out.append('}').toString();
    }

    /// A character or a stretch of the text is lost, doubled or another.
    String mutated(String text) {
        if (text.isEmpty() || chance(70)) {
            return text;
        }
        int at = random.nextInt(text.length());
        return switch (random.nextInt(4)) {
            case 0 -> text.substring(0, at);
            case 1 -> text.substring(0, at) + text.substring(Math.min(text.length(), at + 3));
            case 2 -> text.substring(0, at) + text;
            default -> text.substring(0, at) + one(VALUES) + text.substring(at + 1);
        };
    }

    byte[] mutated(byte[] bytes) {
        byte[] copy = bytes.clone();
        if (copy.length > 0 && chance(15)) {
            copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
        }
        return copy;
    }

    byte[] noise(int most) {
        byte[] bytes = new byte[random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
