package dev.lockstep.channel;

import dev.lockstep.wire.Frame;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Commands collected per lane, so that each lane is woken once for all of them. One thread's.
final class LaneBatches {
    private final Map<Lane, List<LaneCommand>> batches = new IdentityHashMap<>();
    private final Map<Lane, List<LogAudience>> present = new IdentityHashMap<>();

    void add(Lane lane, LaneCommand command) {
        batches.computeIfAbsent(lane, _ -> new ArrayList<>()).add(command);
    }

    /// The same for many audiences: once for each lane that has members of any.
    void tell(List<LogAudience> audiences, List<Frame> frames, Position position) {
        for (int i = 0; i < audiences.size(); i++) {
            LogAudience audience = audiences.get(i);
            for (Lane lane : audience.lanes()) {
                present.computeIfAbsent(lane, _ -> new ArrayList<>()).add(audience);
            }
        }
        present.forEach((lane, here) -> add(lane, new LaneCommand.Tell(here, frames, position)));
        present.clear();
    }

    void send() {
        if (!batches.isEmpty()) {
            batches.forEach(Lane::post);
            batches.clear();
        }
    }
}
