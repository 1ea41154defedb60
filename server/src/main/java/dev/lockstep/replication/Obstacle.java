package dev.lockstep.replication;

import java.time.Duration;
import java.util.function.Function;

/// Something that a person or time must remove before the stream can run.
final class Obstacle extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Function<Duration, ReplicationEvent> event;

    /// @param event what to tell, given the wait until the next attempt
    Obstacle(String reason, Function<Duration, ReplicationEvent> event) {
        super(reason);
        this.event = event;
    }

    ReplicationEvent event(Duration wait) {
        return event.apply(wait);
    }
}
