package dev.lockstep.policy;

import dev.lockstep.core.filter.Filter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Which rows of one table a caller may see, as of one moment: row policies with the caller's
/// claims and memberships put in as constants. Callers with equal rights share everything.
///
/// Nothing here moves. When a change in the log concerns one of the `watches`, these rights may be
/// out of date from that transaction on and are read anew.
///
/// @param visible what a row must satisfy; it may read any column, also one that is not shown
/// @param secured whether row policies bind the caller at all; where they do not, `visible` is
///   [Filter#ALL]
/// @param watches changes of other tables that end these rights
/// @param readAgain how often they are read anew because something in them cannot be watched
/// @param basis of which definitions they were made; compared with [RowPolicies#basis]
public record RowRights(
        Filter visible,
        boolean secured,
        List<Watch> watches,
        Optional<Duration> readAgain,
        long basis) {
    public RowRights {
        watches = List.copyOf(watches);
    }
}
