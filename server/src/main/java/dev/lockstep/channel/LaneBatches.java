package dev.lockstep.channel;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Commands collected per lane, so that each lane is woken once for all of them. One thread's.
final class LaneBatches {
    private final Map<Lane, List<LaneCommand>> batches = new IdentityHashMap<>();

    void add(Lane lane, LaneCommand command) {
        batches.computeIfAbsent(lane, _ -> new ArrayList<>()).add(command);
    }

    void send() {
        if (!batches.isEmpty()) {
            batches.forEach(Lane::post);
            batches.clear();
        }
    }
}
