package dev.lockstep.replication;

import dev.lockstep.core.Lsn;

/// How the reader stands, at one moment.
///
/// @param received up to here everything was handed on
/// @param confirmed up to here PostgreSQL was told that it may forget
/// @param lagBytes log that the server has written past `received`, as it last told
/// @param restarts how often the stream was opened again after the first time
/// @param trouble why the stream is not running; empty while it is
public record SlotStatus(
        State state, Lsn received, Lsn confirmed, long lagBytes, int restarts, String trouble) {
    public enum State {
        CONNECTING,
        STREAMING,
        /// Something is in the way; the next attempt comes by itself.
        WAITING,
        CLOSED,
        /// The reader's thread has died of a bug.
        FAILED
    }
}
