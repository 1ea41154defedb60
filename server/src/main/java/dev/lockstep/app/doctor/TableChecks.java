package dev.lockstep.app.doctor;

import static dev.lockstep.app.doctor.Finding.advice;
import static dev.lockstep.app.doctor.Finding.essential;

import dev.lockstep.app.doctor.Finding.Cure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// What the published tables need so that all of their changes arrive whole.
final class TableChecks {
    private static final int NAMED = 8;

    private final Query query;
    private final Expectations expected;

    TableChecks(Query query, Expectations expected) {
        this.query = query;
        this.expected = expected;
    }

    /// @param name quoted where it must be
    private record Published(String name, String identity, boolean key, boolean writable) {}

    List<Finding> run() throws SQLException {
        if (!query.truth(
                "select exists (select from pg_publication where pubname = ?)",
                expected.publication())) {
            return List.of();
        }
        List<Published> tables = tables();
        List<Finding> out = new ArrayList<>(publishes());
        if (tables.isEmpty()) {
            out.add(
                    advice(
                            "publication %s holds no table".formatted(expected.publication()),
                            "Clients see changes of published tables only. Add those that you"
                                    + " want: ALTER PUBLICATION %s ADD TABLE …;"
                                            .formatted(expected.publication()),
                            Cure.BY_HAND));
        }
        out.addAll(unwritable(tables));
        out.addAll(identity(tables));
        out.addAll(keys(tables));
        out.addAll(new PolicyChecks(query, expected).run());
        return out;
    }

    private List<Published> tables() throws SQLException {
        return query.all(
                """
                select format('%I.%I', n.nspname, c.relname),
                       c.relreplident::text,
                       exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary),
                       c.relreplident = 'f'
                         or exists (select from pg_index i where i.indrelid = c.oid
                              and (c.relreplident = 'd' and i.indisprimary
                                or c.relreplident = 'i' and i.indisreplident))
                from pg_publication_tables p
                join pg_namespace n on n.nspname = p.schemaname
                join pg_class c on c.relnamespace = n.oid and c.relname = p.tablename
                where p.pubname = ?
                order by 1\
                """,
                row ->
                        new Published(
                                row.getString(1),
                                row.getString(2),
                                row.getBoolean(3),
                                row.getBoolean(4)),
                expected.publication());
    }

    private List<Finding> publishes() throws SQLException {
        boolean all =
                query.truth(
                        """
                        select pubinsert and pubupdate and pubdelete and pubtruncate
                        from pg_publication where pubname = ?\
                        """,
                        expected.publication());
        if (all) {
            return List.of();
        }
        return List.of(
                advice(
                        "publication %s leaves out some kinds of change"
                                .formatted(expected.publication()),
                        "Clients never hear of them, and feeds on its tables are refused.",
                        Cure.AT_ONCE,
                        "ALTER PUBLICATION %s SET (publish = 'insert, update, delete, truncate');"
                                .formatted(expected.publication())));
    }

    private static List<Finding> unwritable(List<Published> tables) {
        List<Published> broken = only(tables, table -> !table.writable);
        if (broken.isEmpty()) {
            return List.of();
        }
        return List.of(
                essential(
                        "published without a way to name a row: " + names(broken),
                        "PostgreSQL refuses every UPDATE and DELETE there (\"does not have a"
                                + " replica identity\").",
                        Cure.AT_ONCE,
                        broken.stream().map(TableChecks::full).toArray(String[]::new)));
    }

    private static List<Finding> identity(List<Published> tables) {
        List<Published> some = only(tables, table -> table.writable && !table.identity.equals("f"));
        if (some.isEmpty()) {
            return List.of();
        }
        return List.of(
                advice(
                        "replica identity is not FULL: " + names(some),
                        "Live feeds on these are refused, filters on other columns than the key"
                                + " miss deleted rows, and old values do not arrive. FULL writes"
                                + " the old row into the log at each change.",
                        Cure.AT_ONCE,
                        some.stream().map(TableChecks::full).toList()));
    }

    private static List<Finding> keys(List<Published> tables) {
        List<Published> some = only(tables, table -> !table.key);
        if (some.isEmpty()) {
            return List.of();
        }
        return List.of(
                advice(
                        "no primary key: " + names(some),
                        "Changes of these arrive as an error instead of a row, and feeds are"
                                + " refused. Add one: ALTER TABLE … ADD PRIMARY KEY (…);",
                        Cure.BY_HAND));
    }

    private static String full(Published table) {
        return "ALTER TABLE %s REPLICA IDENTITY FULL;".formatted(table.name);
    }

    private static List<Published> only(List<Published> tables, Predicate<Published> which) {
        return tables.stream().filter(which).toList();
    }

    private static String names(List<Published> tables) {
        String first =
                tables.stream().limit(NAMED).map(Published::name).collect(Collectors.joining(", "));
        return tables.size() <= NAMED ? first : first + " and " + (tables.size() - NAMED) + " more";
    }
}
