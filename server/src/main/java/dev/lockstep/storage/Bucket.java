package dev.lockstep.storage;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a bucket says about its files.
///
/// @param limit bytes of one file
/// @param types that are taken; all when empty
record Bucket(String id, boolean isPublic, Optional<Long> limit, List<String> types) {
    Bucket {
        types = List.copyOf(types);
    }

    /// @throws StorageException when a file of this kind is not taken here
    void admit(String contentType) {
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!types.isEmpty() && types.stream().noneMatch(pattern -> matches(pattern, type))) {
            throw StorageError.wrongType(type);
        }
    }

    private static boolean matches(String pattern, String type) {
        String wanted = pattern.strip().toLowerCase(Locale.ROOT);
        return wanted.equals("*/*")
                || wanted.equals(type)
                || wanted.endsWith("/*")
                        && type.startsWith(wanted.substring(0, wanted.length() - 1));
    }
}
