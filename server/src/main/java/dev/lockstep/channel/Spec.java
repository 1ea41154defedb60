package dev.lockstep.channel;

import dev.lockstep.core.TableName;
import dev.lockstep.core.Topic;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.feed.Fingerprint;
import dev.lockstep.policy.RowRights;
import dev.lockstep.policy.Watch;
import dev.lockstep.wire.Codec;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a member hears, as a value: members with equal specs hear the same bytes and share one
/// [Audience].
sealed interface Spec {
    Codec codec();

    Topic topic();

    /// The role under whose rights it was resolved.
    String role();

    /// Under which rights each of its tables is seen. They are constants: when they change, so does
    /// the spec.
    List<RowRights> rights();

    /// Changes of other tables that end these rights.
    default List<Watch> watches() {
        return rights().stream().flatMap(each -> each.watches().stream()).distinct().toList();
    }

    /// How often these rights are read anew because something in them cannot be watched.
    default Optional<Duration> readAgain() {
        return rights().stream()
                .flatMap(each -> each.readAgain().stream())
                .min(Comparator.naturalOrder());
    }

    /// Whether some filter or policy has to ask PostgreSQL about each row.
    boolean asks();

    /// All `postgres_changes` bindings of a channel.
    ///
    /// @param wildcards of the schemas that were asked for whole, the tables that this meant
    record Changes(
            Codec codec,
            Topic topic,
            String role,
            Map<String, Set<TableName>> wildcards,
            List<Term> terms)
            implements Spec {
        public Changes {
            wildcards = Map.copyOf(wildcards);
            terms = List.copyOf(terms);
        }

        @Override
        public List<RowRights> rights() {
            return terms.stream().map(Term::rights).toList();
        }

        @Override
        public boolean asks() {
            return terms.stream().anyMatch(Term::asks);
        }
    }

    /// One binding on one table.
    ///
    /// @param oid the very table: another one of the same name is another
    /// @param filter what was asked for, of the columns in `readable`
    /// @param rights which rows may be seen
    /// @param asks whether filter or policy have to ask PostgreSQL about each row
    /// @param columns what is shown, in the table's order
    /// @param id what the client knows the binding by
    record Term(
            TableName table,
            int oid,
            Filter filter,
            Set<String> readable,
            RowRights rights,
            boolean asks,
            List<String> columns,
            String event,
            int id) {
        boolean wants(String operation) {
            return event.equals("*") || event.equals(operation);
        }
    }

    /// One live feed of a channel.
    record Feed(Codec codec, Topic topic, Question question, int id) implements Spec {
        @Override
        public String role() {
            return question.role();
        }

        @Override
        public List<RowRights> rights() {
            return List.of(question.rights());
        }

        @Override
        public boolean asks() {
            return question.asks();
        }
    }

    /// What a feed shows, whoever asks. Equal questions are answered by one match and one encoding.
    ///
    /// @param where what was asked for, of the columns in `readable`
    /// @param rights which rows may be seen
    /// @param asks whether filter or policy have to ask PostgreSQL about each row
    /// @param columns what is shown: selected, key and order columns, in the table's order
    /// @param always columns that every `update` carries
    /// @param batchMs for how long changes may be gathered into one step
    /// @param fingerprint what tokens of this question are bound to: in its upper half the
    ///   question, in its lower half the rights
    record Question(
            TableName table,
            int oid,
            Filter where,
            Set<String> readable,
            RowRights rights,
            boolean asks,
            List<String> columns,
            List<String> always,
            String role,
            int batchMs,
            long fingerprint) {

        /// Whether the same rows are shown, by whatever means these rights are followed.
        boolean shows(Question other) {
            return under(other.rights, other.asks).equals(other)
                    && rights.secured() == other.rights.secured()
                    && rights.basis() == other.rights.basis()
                    && rights.visible().equals(other.rights.visible());
        }

        /// The same under other rights.
        Question under(RowRights other, boolean asks) {
            long rights = Fingerprint.of(other.visible().toString(), Long.toString(other.basis()));
            return new Question(
                    table,
                    oid,
                    where,
                    readable,
                    other,
                    asks,
                    columns,
                    always,
                    role,
                    batchMs,
                    fingerprint & ~0xFFFF_FFFFL | rights & 0xFFFF_FFFFL);
        }
    }
}
