package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.wire.Frame;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the owners of audiences tell a lane. Commands of one owner are carried out in order.
sealed interface LaneCommand {
    /// The member hears the audience from here on; `first` is said to it alone before.
    record Take(Seat seat, Audience audience, List<Frame> first) implements LaneCommand {}

    record Drop(Seat seat, Audience audience) implements LaneCommand {}

    /// Said in a room to all members on the lane but `except`.
    record Deliver(
            Audience audience,
            List<Frame> frames,
            @Nullable Position position,
            @Nullable Seat except)
            implements LaneCommand {}

    /// Said of the log to all members of these audiences.
    ///
    /// @param position where the first of the frames stands
    record Tell(List<LogAudience> audiences, List<Frame> frames, Position position)
            implements LaneCommand {}

    /// The audience ends: each member has heard everything up to `position`, is told, and asks
    /// again.
    record Dismiss(Audience audience, Dismissal reason, Lsn position) implements LaneCommand {}

    /// The same for one member of an audience that goes on.
    record Release(Seat seat, Audience audience, Dismissal reason, Lsn position)
            implements LaneCommand {}
}
