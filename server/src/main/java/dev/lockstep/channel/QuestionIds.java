package dev.lockstep.channel;

import dev.lockstep.feed.Fingerprint;
import dev.lockstep.wire.ChangesBinding;
import dev.lockstep.wire.FeedRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// By what clients know their questions: a stable hash of the parameters, never 0; different ones
/// in one channel differ.
final class QuestionIds {
    /// Ids stay below 2²⁷, as other clients parse them.
    private static final int ID_SPACE = 1 << 27;

    private QuestionIds() {}

    /// The ids of bindings, in their order.
    static List<Integer> of(List<ChangesBinding> bindings) {
        Map<String, Integer> given = new HashMap<>();
        Set<Integer> taken = new HashSet<>();
        List<Integer> ids = new ArrayList<>();
        for (ChangesBinding binding : bindings) {
            ids.add(
                    given.computeIfAbsent(
                            binding.json(), json -> free(Fingerprint.of(List.of(json)), taken)));
        }
        return ids;
    }

    /// The ids of feeds, in the same manner; where a question begins has no part in it.
    static List<Integer> ofFeeds(List<FeedRequest> requests) {
        Set<Integer> taken = new HashSet<>();
        return requests.stream()
                .map(r ->
                        free(
                                Fingerprint.of(
                                        List.of(
                                                r.table(),
                                                r.select().toString(),
                                                r.where().toString(),
                                                r.order().toString(),
                                                r.limit().toString(),
                                                Boolean.toString(r.total()))),
                                taken))
                .toList();
    }

    private static int free(long hash, Set<Integer> taken) {
        int id = (int) Long.remainderUnsigned(hash, ID_SPACE);
        while (id == 0 || !taken.add(id)) {
            id = (id + 1) % ID_SPACE;
        }
        return id;
    }
}
