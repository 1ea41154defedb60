package dev.lockstep.channel;

import java.util.Arrays;

/// Which terms of a spec one change concerns, and of which of them the old image may be shown. Hot.
final class Hits {
    private final boolean[] hit;
    private final boolean[] old;
    private boolean any;

    Hits(int terms) {
        hit = new boolean[terms];
        old = new boolean[terms];
    }

    private Hits(Hits other) {
        hit = other.hit.clone();
        old = other.old.clone();
        any = other.any;
    }

    Hits copy() {
        return new Hits(this);
    }

    /// @param showsOld whether all of the old image may be shown, not the key alone
    void add(int term, boolean showsOld) {
        hit[term] = true;
        old[term] = showsOld;
        any = true;
    }

    boolean any() {
        return any;
    }

    boolean has(int term) {
        return hit[term];
    }

    boolean showsOld(int term) {
        return old[term];
    }

    int terms() {
        return hit.length;
    }

    void clear() {
        if (any) {
            Arrays.fill(hit, false);
            Arrays.fill(old, false);
            any = false;
        }
    }

    boolean same(Hits other) {
        return Arrays.equals(hit, other.hit) && Arrays.equals(old, other.old);
    }
}
