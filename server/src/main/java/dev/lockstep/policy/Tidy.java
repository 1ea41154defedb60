package dev.lockstep.policy;

import dev.lockstep.core.filter.Filter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Brings filters that decide alike into one form, so that who sees the same shares the same: flat,
/// without constants, in one order, and where only *true* counts without the unknown.
final class Tidy {
    private Tidy() {}

    /// Of a filter that takes a row only when it is true.
    static Filter taken(Filter filter) {
        return of(filter, true);
    }

    /// @param taken whether it is all the same if this is false or unknown
    private static Filter of(Filter filter, boolean taken) {
        return switch (filter) {
            case Filter.And(var parts) -> joined(parts, taken, true);
            case Filter.Or(var parts) -> joined(parts, taken, false);
            case Filter.Not(var part) -> not(of(part, false));
            case Filter.Unknown() -> taken ? Filter.NONE : filter;
            case Filter.In(var column, var values, var orNull) ->
                    taken && values.isEmpty()
                            ? Filter.NONE
                            : new Filter.In(column, values, orNull && !taken);
            case Filter.Compare _, Filter.Is _, Filter.Expression _ -> filter;
        };
    }

    private static Filter not(Filter part) {
        return switch (part) {
            case Filter.Not(var twice) -> twice;
            case Filter.And(var parts) when parts.isEmpty() -> Filter.NONE;
            case Filter.Or(var parts) when parts.isEmpty() -> Filter.ALL;
            case Filter.Unknown unknown -> unknown;
            case Filter.And _,
                    Filter.Or _,
                    Filter.In _,
                    Filter.Compare _,
                    Filter.Is _,
                    Filter.Expression _ ->
                    new Filter.Not(part);
        };
    }

    private static Filter joined(List<Filter> parts, boolean taken, boolean and) {
        Filter neutral = and ? Filter.ALL : Filter.NONE;
        Filter decisive = and ? Filter.NONE : Filter.ALL;
        Set<Filter> kept = new LinkedHashSet<>();
        for (Filter part : parts) {
            Filter one = of(part, taken);
            if (one.equals(decisive)) {
                return decisive;
            }
            List<Filter> inner = inside(one, and);
            kept.addAll(inner);
        }
        kept.remove(neutral);
        if (kept.isEmpty()) {
            return neutral;
        }
        if (kept.size() == 1) {
            return kept.iterator().next();
        }
        List<Filter> sorted = new ArrayList<>(kept);
        sorted.sort(Comparator.comparing(Filter::toString));
        return and ? new Filter.And(sorted) : new Filter.Or(sorted);
    }

    private static List<Filter> inside(Filter filter, boolean and) {
        if (and && filter instanceof Filter.And(var parts)) {
            return parts;
        }
        if (!and && filter instanceof Filter.Or(var parts)) {
            return parts;
        }
        return List.of(filter);
    }
}
