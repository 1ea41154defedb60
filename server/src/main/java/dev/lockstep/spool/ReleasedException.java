package dev.lockstep.spool;

/// The changes were given up by their keeper while somebody still read them. Not a fault: the
/// reader came too late.
public final class ReleasedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReleasedException() {
        super("these changes were released", null, false, false);
    }
}
