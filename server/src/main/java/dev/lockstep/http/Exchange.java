package dev.lockstep.http;

/// One answer in the making. All calls come from the connection's loop and return at once; none
/// comes after [#gone], nor after the line was told an answer or its end.
interface Exchange {
    void begin();

    /// What was queued has drained to the low mark.
    void writable();

    /// Every few seconds.
    ///
    /// @param now `System.nanoTime()`
    void look(long now);

    /// The server stops: the last moment to say something.
    void stop();

    /// The client is gone.
    void gone();
}
