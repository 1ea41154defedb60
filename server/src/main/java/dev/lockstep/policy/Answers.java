package dev.lockstep.policy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Answers kept for their questions, the least lately used forgotten first. Any thread.
final class Answers<K, V> {
    private final Map<K, V> kept;

    Answers(int most) {
        this.kept =
                new LinkedHashMap<>(64, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                        return size() > most;
                    }
                };
    }

    synchronized Optional<V> find(K question) {
        return Optional.ofNullable(kept.get(question));
    }

    synchronized void keep(K question, V answer) {
        kept.put(question, answer);
    }

    synchronized int size() {
        return kept.size();
    }
}
