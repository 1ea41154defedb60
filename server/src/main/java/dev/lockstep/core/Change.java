package dev.lockstep.core;

import java.util.List;

/// One thing that a transaction did, as the log tells it.
public sealed interface Change {

    /// A row that is there since this transaction.
    record Insert(Relation relation, Row row) implements Change {}

    /// A row that changed. `old` holds what the replica identity tells of the old image, at least
    /// the key where the table has one (taken from the new image when it did not change); what is
    /// unknown is absent. In `row`, a value that is stored out of line and did not change is filled
    /// in from the old image where that is known, else absent.
    record Update(Relation relation, Row old, Row row) implements Change {}

    /// A row that is gone; of `old`, columns outside the replica identity are absent.
    record Delete(Relation relation, Row old) implements Change {}

    record Truncate(List<Relation> relations, boolean cascade, boolean restartIdentity)
            implements Change {
        public Truncate {
            relations = List.copyOf(relations);
        }
    }

    /// A transactional logical message (`pg_logical_emit_message`).
    record Message(String prefix, byte[] content) implements Change {}
}
