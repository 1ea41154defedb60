package dev.lockstep.replication.pgoutput;

/// Bytes that are no message of `pgoutput`.
public final class PgOutputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int offset;

    public PgOutputException(String problem, int offset) {
        super(problem + " at byte " + offset + " of the message");
        this.offset = offset;
    }

    public PgOutputException(String problem, int offset, Throwable cause) {
        super(problem + " at byte " + offset + " of the message", cause);
        this.offset = offset;
    }

    /// Bytes from the message's start to where reading failed.
    public int offset() {
        return offset;
    }
}
