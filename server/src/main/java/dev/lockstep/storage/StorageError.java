package dev.lockstep.storage;

import java.time.Duration;

/// A refusal in the storage protocol's words.
///
/// @param status of the answer, also told in its body
/// @param error what programs read
/// @param message what people read
record StorageError(int status, String error, String message) {
    static final Duration SOON = Duration.ofSeconds(1);

    static StorageException invalid(String error, String message) {
        return new StorageError(400, error, message).thrown();
    }

    static StorageException noBucket() {
        return new StorageError(404, "Bucket not found", "Bucket not found").thrown();
    }

    static StorageException noObject() {
        return new StorageError(404, "not_found", "Object not found").thrown();
    }

    static StorageException exists() {
        return new StorageError(409, "Duplicate", "The resource already exists").thrown();
    }

    static StorageException forbidden(String message) {
        return new StorageError(403, "Unauthorized", message).thrown();
    }

    static StorageException tooLarge() {
        return new StorageError(
                        413, "Payload too large", "The object exceeded the maximum allowed size")
                .thrown();
    }

    static StorageException wrongType(String type) {
        return new StorageError(415, "invalid_mime_type", "mime type " + type + " is not supported")
                .thrown();
    }

    static StorageException notServed(String what) {
        return new StorageError(501, "not_implemented", what + " is not served by this server")
                .thrown();
    }

    StorageException thrown() {
        return new StorageException(this);
    }
}
