package dev.lockstep.app;

/// Ends a command with words for the person who typed it, and exit status 1.
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message what is wrong and what to do, ready to be printed
    public CommandFailure(String message) {
        super(message);
    }

    public CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
