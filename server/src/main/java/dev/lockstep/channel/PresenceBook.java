package dev.lockstep.channel;

import dev.lockstep.wire.Payloads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who is on one topic, and what has changed since it was last told. Pure; its topic's shard owns
/// it.
///
/// A key may hold several metas (several tabs of one person), one for each member that tracks.
/// Changes gather until [#takeDiff]; what came and went in between is never told.
final class PresenceBook<M> {
    private record Meta(String key, String ref, String payload, String json) {}

    private final Map<M, Meta> byMember = new HashMap<>();
    private final Map<String, Map<String, String>> byKey = new LinkedHashMap<>();
    private final Map<String, Meta> joins = new LinkedHashMap<>();
    private final Map<String, Meta> leaves = new LinkedHashMap<>();

    /// The member's meta is this from now on. The same payload again changes nothing.
    void track(M member, String key, String payload, String ref) {
        Meta old = byMember.get(member);
        if (old != null && old.payload.equals(payload)) {
            return;
        }
        String replaced = old == null ? "" : old.ref;
        if (old != null) {
            remove(member);
        }
        Meta meta = new Meta(key, ref, payload, Payloads.meta(payload, ref, replaced));
        byMember.put(member, meta);
        byKey.computeIfAbsent(key, _ -> new LinkedHashMap<>()).put(ref, meta.json);
        joins.put(ref, meta);
    }

    void untrack(M member) {
        remove(member);
    }

    private void remove(M member) {
        Meta meta = byMember.remove(member);
        if (meta == null) {
            return;
        }
        Map<String, String> metas = byKey.get(meta.key);
        if (metas != null) {
            metas.remove(meta.ref);
            if (metas.isEmpty()) {
                byKey.remove(meta.key);
            }
        }
        if (joins.remove(meta.ref) == null) {
            leaves.put(meta.ref, meta);
        }
    }

    boolean isEmpty() {
        return byMember.isEmpty();
    }

    boolean hasDiff() {
        return !joins.isEmpty() || !leaves.isEmpty();
    }

    /// `presence_state`'s payload.
    String state() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        byKey.forEach((key, metas) -> all.put(key, List.copyOf(metas.values())));
        return Payloads.presenceState(all);
    }

    /// `presence_diff`'s payload for what changed since it was last taken.
    Optional<String> takeDiff() {
        if (!hasDiff()) {
            return Optional.empty();
        }
        String diff = Payloads.presenceDiff(grouped(joins), grouped(leaves));
        joins.clear();
        leaves.clear();
        return Optional.of(diff);
    }

    private static Map<String, List<String>> grouped(Map<String, Meta> metas) {
        Map<String, List<String>> grouped = new LinkedHashMap<>();
        for (Meta meta : metas.values()) {
            grouped.computeIfAbsent(meta.key, _ -> new ArrayList<>()).add(meta.json);
        }
        return grouped;
    }
}
