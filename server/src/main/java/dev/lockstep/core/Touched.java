package dev.lockstep.core;

import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a transaction has had to do with, perhaps more (subtransactions that were undone count).
///
/// @param tables whose rows it inserted, changed, deleted or truncated
/// @param definitions whether it changed tables, rights, policies or functions
public record Touched(Set<TableName> tables, boolean definitions) {
    /// The prefix of the messages in the log that tell of DDL.
    public static final String DDL_PREFIX = "lockstep.ddl";

    public Touched {
        tables = Set.copyOf(tables);
    }

    /// Of a few changes, looked at one by one.
    public static Touched by(Iterator<Change> changes) {
        Builder builder = new Builder();
        changes.forEachRemaining(builder::add);
        return builder.made();
    }

    /// Gathers while changes come in. Hot: a change of the table that was named last costs one
    /// comparison.
    public static final class Builder {
        private final Set<TableName> tables = new HashSet<>();
        private @Nullable Relation last;
        private boolean definitions;

        public void add(Change change) {
            switch (change) {
                case Change.Insert(var relation, _) -> add(relation);
                case Change.Update(var relation, _, _) -> add(relation);
                case Change.Delete(var relation, _) -> add(relation);
                case Change.Truncate(var relations, _, _) -> relations.forEach(this::add);
                case Change.Message(var prefix, _) -> definitions |= prefix.equals(DDL_PREFIX);
            }
        }

        private void add(Relation relation) {
            if (relation != last) {
                tables.add(relation.name());
                last = relation;
            }
        }

        public Touched made() {
            return new Touched(tables, definitions);
        }
    }
}
