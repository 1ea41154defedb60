package dev.lockstep.channel;

import dev.lockstep.core.Transaction;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.policy.Watch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Whose rights stand on which rows, and whose cannot be watched and age instead. The fan-out
/// thread's.
final class Watchers {
    private final WatchIndex index;
    private final Map<Watch, Set<LogAudience>> watching = new HashMap<>();
    private final Set<LogAudience> aging = new LinkedHashSet<>();

    Watchers(FilterCompiler compiler) {
        this.index = new WatchIndex(compiler);
    }

    void add(LogAudience audience) {
        for (Watch watch : audience.spec().watches()) {
            watching.computeIfAbsent(watch, _ -> new LinkedHashSet<>()).add(audience);
            index.add(watch);
        }
        audience.ageFrom(System.nanoTime());
        if (audience.ages()) {
            aging.add(audience);
        }
    }

    void remove(LogAudience audience) {
        aging.remove(audience);
        for (Watch watch : audience.spec().watches()) {
            Set<LogAudience> watchers = watching.get(watch);
            if (watchers != null && watchers.remove(audience) && watchers.isEmpty()) {
                watching.remove(watch);
                index.remove(watch);
            }
        }
    }

    /// Those whose rights the transaction may change.
    List<Spec> concernedBy(Transaction transaction) {
        if (watching.isEmpty()) {
            return List.of();
        }
        List<Spec> concerned = new ArrayList<>();
        for (Watch watch : index.concernedBy(transaction)) {
            watching.getOrDefault(watch, Set.of()).forEach(a -> concerned.add(a.spec()));
        }
        return concerned;
    }

    /// Those whose rights are too old.
    List<Spec> aged() {
        if (aging.isEmpty()) {
            return List.of();
        }
        long now = System.nanoTime();
        return aging.stream()
                .filter(audience -> audience.isAged(now))
                .map(LogAudience::spec)
                .toList();
    }
}
