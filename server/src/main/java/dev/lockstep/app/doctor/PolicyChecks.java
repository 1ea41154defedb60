package dev.lockstep.app.doctor;

import static dev.lockstep.app.doctor.Finding.advice;

import dev.lockstep.app.doctor.Finding.Cure;
import dev.lockstep.core.TableName;
import dev.lockstep.policy.PolicyReview;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.CatalogueKeeper;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What row policies cost on the live path, and where they keep something from being live.
final class PolicyChecks {
    private final Query query;
    private final Expectations expected;

    PolicyChecks(Query query, Expectations expected) {
        this.query = query;
        this.expected = expected;
    }

    List<Finding> run() throws SQLException {
        if (query.number("select current_setting('server_version_num')::bigint") < 150_000) {
            return List.of(); // essential, and said elsewhere
        }
        List<Finding> out = new ArrayList<>();
        Set<TableName> unfollowed = new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));
        for (PolicyReview review : PolicyReview.of(catalogue())) {
            out.addAll(findings(review));
            unfollowed.addAll(review.unfollowed());
        }
        if (!unfollowed.isEmpty()) {
            out.add(unfollowed(unfollowed));
        }
        return out;
    }

    private Catalogue catalogue() throws SQLException {
        Connection connection = query.connection();
        boolean alone = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try {
            return CatalogueKeeper.read(connection, expected.login());
        } finally {
            connection.rollback();
            connection.setAutoCommit(alone);
        }
    }

    private static List<Finding> findings(PolicyReview review) {
        List<Finding> out = new ArrayList<>();
        for (String words : review.refused()) {
            out.add(advice("refused to some roles: " + review.table(), words + ".", Cure.BY_HAND));
        }
        if (!review.asked().isEmpty()) {
            out.add(
                    advice(
                            "row policies of %s are asked of PostgreSQL at each change"
                                    .formatted(review.table()),
                            "That is a question per change and kind of caller, about "
                                    + shown(review.asked())
                                    + ". Comparisons of columns with claims, and memberships"
                                    + " (col IN (SELECT …)), are decided without asking.",
                            Cure.BY_HAND));
        }
        if (!review.unseen().isEmpty()) {
            out.add(
                    advice(
                            "rights to %s are read again every 30 seconds"
                                    .formatted(review.table()),
                            "They depend on what no change in the log tells of: "
                                    + shown(review.unseen())
                                    + ".",
                            Cure.BY_HAND));
        }
        if (review.deletesWithheld()) {
            out.add(
                    advice(
                            "deleted rows of %s are told to nobody whom its policies bind"
                                    .formatted(review.table()),
                            "The log holds only the key of a deleted row, and the policies read"
                                    + " other columns.",
                            Cure.AT_ONCE,
                            full(review.table())));
        }
        return out;
    }

    private Finding unfollowed(Set<TableName> tables) throws SQLException {
        List<String> sql = new ArrayList<>();
        for (TableName table : tables) {
            boolean mendable =
                    query.truth(
                            """
                            select c.relkind in ('r', 'p') and c.relpersistence = 'p'
                                and not exists (select from pg_index i
                                    where i.indrelid = c.oid and i.indisprimary)
                                and c.relreplident <> 'f'
                                and not exists (select from pg_inherits h
                                    where h.inhparent = c.oid and c.relkind = 'r')
                            from pg_class c where c.oid = to_regclass(?)\
                            """,
                            table.quoted());
            if (mendable) {
                sql.add(full(table));
            }
        }
        return advice(
                "row policies read tables that cannot be followed: "
                        + tables.stream()
                                .map(TableName::toString)
                                .collect(Collectors.joining(", ")),
                "Who gains or loses rights by a change there learns of it up to 30 seconds later.",
                sql.isEmpty() ? Cure.BY_HAND : Cure.AT_ONCE,
                sql);
    }

    private static String full(TableName table) {
        return "ALTER TABLE %s REPLICA IDENTITY FULL;".formatted(table.quoted());
    }

    private static String shown(Set<String> parts) {
        String all = String.join(", ", parts);
        return all.length() <= 200 ? all : all.substring(0, 200) + "…";
    }
}
