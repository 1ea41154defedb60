package dev.lockstep.app;

/// A server that accepts connections, until it is closed.
public interface RunningServer extends AutoCloseable {
    /// The port it listens on, also where the system chose it.
    int port();

    @Override
    void close();
}
