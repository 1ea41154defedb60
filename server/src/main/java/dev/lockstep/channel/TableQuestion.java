package dev.lockstep.channel;

import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.policy.RowRights;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What is asked of a table under certain rights, whoever asks: the key by which it is shared.
///
/// @param feed present where rows are to stay true, absent where changes are told
record TableQuestion(
        TableName table,
        int oid,
        Filter filter,
        Set<String> readable,
        boolean secured,
        Filter visible,
        Optional<Spec.Question> feed) {
    static TableQuestion of(Spec.Term term) {
        RowRights rights = term.rights();
        return new TableQuestion(
                term.table(),
                term.oid(),
                term.filter(),
                term.readable(),
                rights.secured(),
                rights.visible(),
                Optional.empty());
    }

    static TableQuestion of(Spec.Feed feed) {
        Spec.Question asked = feed.question();
        return new TableQuestion(
                asked.table(),
                asked.oid(),
                asked.where(),
                asked.readable(),
                asked.rights().secured(),
                asked.rights().visible(),
                Optional.of(asked));
    }

    static List<TableQuestion> allOf(Spec spec) {
        return switch (spec) {
            case Spec.Changes changes ->
                    changes.terms().stream().map(TableQuestion::of).distinct().toList();
            case Spec.Feed feed -> List.of(of(feed));
        };
    }
}
