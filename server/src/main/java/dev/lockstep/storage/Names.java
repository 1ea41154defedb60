package dev.lockstep.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a bucket and a file may be called. No name ever becomes a path on our disk; these rules are
/// for the other programs that will see it, and for its own address to lead to it.
final class Names {
    private static final int MAX_BYTES = 1024;

    /// What stands where a bucket's name could, in our own addresses.
    private static final Set<String> TAKEN =
            Set.of(
                    "list",
                    "list-v2",
                    "sign",
                    "upload",
                    "public",
                    "authenticated",
                    "info",
                    "move",
                    "copy");

    private Names() {}

    /// @return the same
    /// @throws StorageException that names what is wrong
    static String object(String name) {
        problem(name)
                .ifPresent(problem -> {
                    throw StorageError.invalid(
                            "InvalidKey", "Invalid key: " + shown(name) + ": " + problem);
                });
        return name;
    }

    static boolean isObject(String name) {
        return problem(name).isEmpty();
    }

    private static Optional<String> problem(String name) {
        if (name.isEmpty()) {
            return Optional.of("it is empty");
        }
        if (name.getBytes(UTF_8).length > MAX_BYTES) {
            return Optional.of("it is longer than " + MAX_BYTES + " bytes");
        }
        for (String part : List.of(name.split("/", -1))) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return Optional.of("a part between slashes is empty, '.' or '..'; leave it out");
            }
        }
        boolean isPlain =
                name.codePoints()
                        .noneMatch(c ->
                                Character.isISOControl(c)
                                        || c == '\\'
                                        || Character.getType(c) == Character.SURROGATE
                                        || Character.getType(c) == Character.UNASSIGNED
                                        || c == 0xFFFD);
        return isPlain
                ? Optional.empty()
                : Optional.of("it holds a control character or a backslash");
    }

    /// @throws StorageException that says what a bucket may be called
    static String bucket(String name) {
        if (!name.matches("[A-Za-z0-9_.][A-Za-z0-9_. '!&$@=;:+,()*-]{0,99}")
                || name.endsWith(" ")
                || name.equals(".")
                || name.equals("..")) {
            throw StorageError.invalid(
                    "Invalid Input",
                    "Bucket name invalid: use 1 to 100 letters, digits and the characters"
                            + " _ . - and the like");
        }
        if (TAKEN.contains(name)) {
            throw StorageError.invalid(
                    "Invalid Input",
                    "Bucket name invalid: '"
                            + name
                            + "' has a meaning of its own here; take another");
        }
        return name;
    }

    /// Bounded, and without what could be mistaken for the end of a line.
    private static String shown(String name) {
        String plain = name.replaceAll("\\p{Cntrl}", "?");
        return plain.length() > 100 ? plain.substring(0, 100) + "…" : plain;
    }
}
