package dev.lockstep.replication;

import dev.lockstep.core.Lsn;
import java.time.Duration;
import java.util.List;

/// What operators should hear of the reader's life. Told on the reader's thread.
public sealed interface ReplicationEvent {
    /// The stream runs.
    record Resumed(String slot, Epoch epoch, Lsn from) implements ReplicationEvent {}

    /// The stream broke or could not be opened; the next attempt comes after `pause`.
    record Interrupted(String slot, String reason, Duration pause) implements ReplicationEvent {}

    /// The slot was made for the first time.
    record SlotCreated(String slot) implements ReplicationEvent {}

    /// The log cannot be continued: a new epoch begins and every client loads afresh.
    record SlotLost(String slot, String reason) implements ReplicationEvent {}

    /// Another process reads the slot.
    record SlotBusy(String slot, int pid, Duration pause) implements ReplicationEvent {}

    /// A slot of our name that is not ours to read or drop.
    record SlotForeign(String slot, String problem, Duration pause) implements ReplicationEvent {}

    /// `remedy` is the SQL that mends it.
    record PublicationMissing(List<String> names, String remedy) implements ReplicationEvent {
        public PublicationMissing {
            names = List.copyOf(names);
        }
    }

    /// The catalogue could not be read after a change of a table; decoding went on with what was
    /// known.
    record CatalogueBehind(String reason) implements ReplicationEvent {}

    /// A bug, or a failure of the spool or the sink; the next attempt comes after `pause`.
    record Stumbled(String slot, Throwable cause, Duration pause) implements ReplicationEvent {}

    /// The reader's thread has died.
    record Failed(String slot, Throwable cause) implements ReplicationEvent {}
}
