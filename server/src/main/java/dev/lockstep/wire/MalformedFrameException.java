package dev.lockstep.wire;

/// What came is no message of the dialect; the connection drops it and lives on.
public final class MalformedFrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedFrameException(String message) {
        super(message);
    }
}
