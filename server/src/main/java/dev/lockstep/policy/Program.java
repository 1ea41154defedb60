package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.error.FailureException;
import dev.lockstep.match.FilterCompiler;
import dev.lockstep.policy.Making.Part;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.Policy;
import dev.lockstep.postgres.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What a table's policies say to a role, taken apart once for all its callers: the filter with
/// holes, and the expressions whose values fill them.
///
/// @param constants in the order of their numbers
/// @param reads what constants and everything that PostgreSQL may be asked depend on, together
/// @param watched per constant that is read from tables, what changes end it
/// @param asked the parts that PostgreSQL is asked about, whoever the caller is
/// @param columns of the table that the policies name
record Program(
        TableName table,
        Part visible,
        List<Wanted> constants,
        Reads reads,
        List<Watched> watched,
        List<Asked> asked,
        Set<String> columns) {

    /// A part that PostgreSQL is asked about, in its own text.
    record Asked(String sql, Reads reads) {}

    /// @param rows the changes of the table that concern a constant, over the table's own columns
    record Watched(Table table, Part rows) {}

    /// @throws FailureException [Failure.Invalid] for a policy that reads what the log does not
    ///   hold
    static Program of(Catalogue catalogue, Table table, String role) {
        Builder builder = new Builder(catalogue, table, role);
        List<Part> permissive = new ArrayList<>();
        List<Part> restrictive = new ArrayList<>();
        for (Policy policy : table.security().policies()) {
            if (policy.roles().contains(role)) {
                PolicyText text = PolicyText.of(policy.text());
                Set<String> columns = Scope.own(text.tokens(), table).mentioned(text.whole());
                refuseUnpublished(table, columns);
                builder.columns.addAll(columns);
                Part part = new PolicyCompiler(builder, text).whole();
                (policy.permissive() ? permissive : restrictive).add(part);
            }
        }
        Part visible =
                making -> {
                    List<Filter> all = new ArrayList<>();
                    all.add(
                            new Filter.Or(
                                    permissive.stream().map(part -> part.of(making)).toList()));
                    restrictive.forEach(part -> all.add(part.of(making)));
                    return new Filter.And(all);
                };
        return builder.program(visible);
    }

    private static void refuseUnpublished(Table table, Set<String> columns) {
        if (columns.stream().anyMatch(column -> isMissing(table, column))) {
            throw FilterCompiler.unpublished(table.relation().name());
        }
    }

    private static boolean isMissing(Table table, String column) {
        return table.unpublished().contains(column) || Scope.SYSTEM.contains(column);
    }

    /// Which policies of a role read what the log does not hold, by name: for the database's
    /// keeper. Whom they bind is not told what they are made of.
    static List<String> unpublished(Table table, String role) {
        List<String> out = new ArrayList<>();
        TableName name = table.relation().name();
        for (Policy policy : table.security().policies()) {
            if (policy.roles().contains(role)) {
                PolicyText text = PolicyText.of(policy.text());
                for (String column : Scope.own(text.tokens(), table).mentioned(text.whole())) {
                    if (isMissing(table, column)) {
                        out.add(
                                ("row policy \"%s\" of %s reads column \"%s\", which is not in the"
                                                + " log: publish all columns (ALTER PUBLICATION"
                                                + " … SET TABLE …, %s), or write the policy"
                                                + " without it")
                                        .formatted(policy.name(), name, column, name));
                    }
                }
            }
        }
        return out;
    }

    /// Collects constants, equal ones once, and what they read.
    static final class Builder {
        final Catalogue catalogue;
        final Table table;
        final String role;
        private final Map<Wanted, Integer> numbers = new LinkedHashMap<>();
        private final Reads all = new Reads();
        private final List<Watched> watched = new ArrayList<>();
        private final List<Asked> asked = new ArrayList<>();
        private final Set<String> columns = new TreeSet<>();

        Builder(Catalogue catalogue, Table table, String role) {
            this.catalogue = catalogue;
            this.table = table;
            this.role = role;
        }

        Sight sight() {
            return new Sight(catalogue, role);
        }

        /// @return the constant's number
        int constant(Wanted wanted, Reads reads) {
            all.add(reads);
            return numbers.computeIfAbsent(wanted, _ -> numbers.size());
        }

        /// What PostgreSQL is asked may depend on these.
        void mayAsk(Reads reads) {
            all.add(reads);
        }

        void asks(String sql, Reads reads) {
            mayAsk(reads);
            asked.add(new Asked(sql, reads));
        }

        void watch(Table table, Part rows) {
            watched.add(new Watched(table, rows));
        }

        private Program program(Part visible) {
            return new Program(
                    table.relation().name(),
                    visible,
                    List.copyOf(numbers.keySet()),
                    all,
                    List.copyOf(watched),
                    List.copyOf(asked),
                    columns);
        }
    }
}
