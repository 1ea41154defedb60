package dev.lockstep.channel;

import dev.lockstep.wire.Frame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An audience of the log, as opposed to a room's: its members asked the same, under the same
/// rights. Its owner's: the fan-out thread's, or the thread that asks PostgreSQL for it.
abstract sealed class LogAudience extends Audience permits ChangesAudience, FeedAudience {
    /// What was collected; null when nothing was.
    @Nullable Script script;

    private boolean ages;
    private long agedAt;

    LogAudience(Overflow overflow) {
        super(overflow);
    }

    /// What its members asked, one copy for all.
    abstract Spec spec();

    /// From now on its rights grow old, where something in them cannot be watched.
    void ageFrom(long now) {
        Optional<Duration> soonest = spec().readAgain();
        ages = soonest.isPresent();
        agedAt = now + soonest.orElse(Duration.ZERO).toNanos();
    }

    boolean ages() {
        return ages;
    }

    boolean isAged(long now) {
        return ages && now - agedAt >= 0;
    }

    int pendingBytes() {
        Script now = script;
        return now == null ? 0 : now.bytes();
    }

    /// Hands what was collected to every lane that has members, ahead of what waits elsewhere.
    void flushTo(LaneBatches batches) {
        Script collected = script;
        script = null;
        if (collected != null) {
            List<Frame> frames = collected.frames();
            for (Lane lane : lanes()) {
                batches.add(
                        lane, new LaneCommand.Tell(List.of(this), frames, collected.position()));
            }
        }
    }
}
