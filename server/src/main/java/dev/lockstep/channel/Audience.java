package dev.lockstep.channel;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Members who hear exactly the same bytes: whatever is said to them is encoded once. Hot.
///
/// Its owner (the fan-out thread, or the shard of its topic) counts the members on each lane; which
/// members they are, only the lanes know.
class Audience {
    /// What happens to a member whose connection is full.
    interface Overflow {
        /// On the member's lane. The first of the frames that it misses stands at `position`, where
        /// the audience hears the log.
        void missed(Audience audience, Seat seat, @Nullable Position position);
    }

    private final Overflow overflow;
    private final List<Lane> lanes = new ArrayList<>();
    private final List<int[]> counts = new ArrayList<>();

    Audience(Overflow overflow) {
        this.overflow = overflow;
    }

    Overflow overflow() {
        return overflow;
    }

    void add(Seat seat) {
        Lane lane = seat.member().lane();
        int at = lanes.indexOf(lane);
        if (at < 0) {
            lanes.add(lane);
            counts.add(new int[] {1});
        } else {
            counts.get(at)[0]++;
        }
        seat.audience = this;
    }

    void remove(Seat seat) {
        int at = lanes.indexOf(seat.member().lane());
        if (at >= 0 && --counts.get(at)[0] == 0) {
            lanes.remove(at);
            counts.remove(at);
        }
        seat.audience = null;
    }

    boolean isEmpty() {
        return lanes.isEmpty();
    }

    List<Lane> lanes() {
        return lanes;
    }
}
