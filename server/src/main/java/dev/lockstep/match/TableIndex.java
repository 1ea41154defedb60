package dev.lockstep.match;

import dev.lockstep.core.Relation;
import dev.lockstep.match.Branch.OneOf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The entries of one table. Each branch of a filter stands in the group of all columns of which it
/// needs a value, so that a column whose value everybody shares costs nothing beside one that tells
/// them apart; a span decides among those of one key.
final class TableIndex<F> {
    /// So many keys of one branch, or as many as its longest list has values: beyond it, fewer
    /// columns are looked at.
    private static final int KEYS = 64;

    /// So many sets of columns, each of which costs every change a look; beyond it a branch takes
    /// one that there is, or one column.
    private static final int GROUPS = 16;

    private static final Comparator<OneOf> SHORTEST =
            Comparator.comparingInt(values -> values.hashes().length);

    private final List<KeyGroup<F>> groups = new ArrayList<>();
    private Relation relation;
    private int size;

    TableIndex(Relation relation) {
        this.relation = relation;
    }

    Relation relation() {
        return relation;
    }

    int size() {
        return size;
    }

    /// Remembers the newest instance, so that the next look is one comparison.
    boolean fits(Relation other) {
        if (relation == other) {
            return true;
        }
        boolean same = relation.sameShape(other);
        if (same) {
            relation = other;
        }
        return same;
    }

    int broad() {
        int broad = 0;
        for (KeyGroup<F> group : groups) {
            broad += group.broad();
        }
        return broad;
    }

    void find(Probe<F> probe) {
        for (int i = 0; i < groups.size(); i++) {
            groups.get(i).find(probe);
        }
    }

    void add(Entry<F> entry) {
        size++;
        for (Branch branch : Branches.of(entry.node, relation)) {
            List<OneOf> needed = within(shortened(branch.values()));
            group(needed).add(entry, needed, branch.span());
        }
    }

    void remove(Entry<F> entry) {
        size--;
        for (Posting<F> posting = entry.postings; posting != null; posting = posting.next) {
            posting.group.remove(posting);
            if (posting.group.isEmpty()) {
                groups.remove(posting.group);
            }
        }
        entry.postings = null;
    }

    /// As many columns as the keys allow. Where not all fit, the choice that finds less company:
    /// either with the longest list (a few of many ids) or with the shortest ones.
    private List<OneOf> shortened(List<OneOf> values) {
        if (values.size() < 2) {
            return values;
        }
        List<OneOf> rising = values.stream().sorted(SHORTEST).toList();
        OneOf longest = rising.getLast();
        int most = Math.max(KEYS, longest.hashes().length);
        List<OneOf> few = fill(List.of(), rising, most);
        if (few.size() == values.size()) {
            return few;
        }
        List<OneOf> many = fill(List.of(longest), rising, most);
        return load(many) < load(few) ? many : few;
    }

    private static List<OneOf> fill(List<OneOf> first, List<OneOf> rising, int most) {
        List<OneOf> chosen = new ArrayList<>(first);
        long keys = 1;
        for (OneOf values : first) {
            keys *= values.hashes().length;
        }
        for (OneOf values : rising) {
            if (!chosen.contains(values) && keys * values.hashes().length <= most) {
                keys *= values.hashes().length;
                chosen.add(values);
            }
        }
        chosen.sort(Comparator.comparingInt(OneOf::column));
        return chosen;
    }

    private int load(List<OneOf> needed) {
        KeyGroup<F> group = existing(columns(needed));
        return group == null ? 0 : group.load(needed);
    }

    private List<OneOf> within(List<OneOf> needed) {
        if (needed.size() < 2 || groups.size() < GROUPS || existing(columns(needed)) != null) {
            return needed;
        }
        KeyGroup<F> widest = null;
        for (KeyGroup<F> group : groups) {
            boolean fits = group.width() > 0 && group.width() == common(group, needed).size();
            if (fits && (widest == null || group.width() > widest.width())) {
                widest = group;
            }
        }
        return widest == null
                ? List.of(needed.stream().min(Comparator.comparingInt(this::alone)).orElseThrow())
                : common(widest, needed);
    }

    private int alone(OneOf values) {
        return load(List.of(values));
    }

    private List<OneOf> common(KeyGroup<F> group, List<OneOf> needed) {
        return needed.stream().filter(values -> group.has(values.column())).toList();
    }

    private KeyGroup<F> group(List<OneOf> needed) {
        int[] columns = columns(needed);
        KeyGroup<F> group = existing(columns);
        if (group == null) {
            group = new KeyGroup<>(columns, relation);
            groups.add(group);
        }
        return group;
    }

    private @Nullable KeyGroup<F> existing(int[] columns) {
        for (KeyGroup<F> group : groups) {
            if (group.isOf(columns)) {
                return group;
            }
        }
        return null;
    }

    private static int[] columns(List<OneOf> needed) {
        return needed.stream().mapToInt(OneOf::column).toArray();
    }
}
