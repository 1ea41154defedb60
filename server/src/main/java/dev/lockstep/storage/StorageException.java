package dev.lockstep.storage;

/// Carries a [StorageError] up to the answer. Without a stack: it is no bug.
final class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient StorageError error;

    StorageException(StorageError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    StorageError error() {
        return error;
    }
}
