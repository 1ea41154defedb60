package dev.lockstep.match;

import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Binds filters to tables. Comparison follows the column's PostgreSQL type; what cannot be decided
/// exactly here is asked of the [Oracle], never guessed.
///
/// Compiling may wait for the database: for PostgreSQL's reading of an operand, and for its words
/// against a term. Any thread may compile; the result may be used by any thread.
public final class FilterCompiler {
    private final Oracle oracle;

    public FilterCompiler(Oracle oracle) {
        this.oracle = oracle;
    }

    /// @param readable the columns that the role may SELECT; others count as not there
    /// @throws FailureException with [Failure.Invalid], in PostgreSQL's and the reference's words
    public Predicate compile(Filter filter, Relation relation, Set<String> readable) {
        return node(filter, relation, readable);
    }

    /// What somebody asked for, of the rows that they may see.
    ///
    /// @param readable what `filter` may read
    /// @param visible what a row must satisfy besides; it may read every column of the relation
    /// @throws FailureException with [Failure.Invalid], in PostgreSQL's and the reference's words
    public Predicate compile(
            Filter filter, Set<String> readable, Filter visible, Relation relation) {
        return bind(filter, readable, visible, relation).predicate();
    }

    /// Which rows somebody may see, whatever they ask for; it may read every column.
    ///
    /// @throws FailureException with [Failure.Invalid], in PostgreSQL's words
    public Predicate sees(Filter visible, Relation relation) {
        return see(visible, relation);
    }

    /// The same as [#compile] with what it was made of, for [MatchIndex], which compiles again when
    /// the table changes.
    public Bound bind(Filter filter, Relation relation, Set<String> readable) {
        return bind(filter, readable, Filter.ALL, relation);
    }

    /// @param readable what `filter` may read
    /// @param visible what a row must satisfy besides; it may read every column of the relation
    /// @throws FailureException with [Failure.Invalid], in PostgreSQL's and the reference's words
    public Bound bind(Filter filter, Set<String> readable, Filter visible, Relation relation) {
        return new Bound(
                filter,
                visible,
                relation,
                readable,
                node(filter, relation, readable),
                visible.equals(Filter.ALL) ? Node.Constant.TRUE : see(visible, relation));
    }

    /// The same for another shape of the table.
    ///
    /// @throws FailureException when it does not compile for that shape
    Bound rebind(Bound bound, Relation relation) {
        return bind(bound.filter, bound.readable, bound.visibleFilter, relation);
    }

    private Node see(Filter visible, Relation relation) {
        Set<String> every =
                relation.columns().stream().map(Column::name).collect(Collectors.toSet());
        if (!reads(visible, every)) {
            throw unpublished(relation.name());
        }
        return node(visible, relation, every);
    }

    /// Whether these columns are all that a filter reads.
    private static boolean reads(Filter filter, Set<String> columns) {
        return switch (filter) {
            case Filter.And(var parts) -> parts.stream().allMatch(part -> reads(part, columns));
            case Filter.Or(var parts) -> parts.stream().allMatch(part -> reads(part, columns));
            case Filter.Not(var part) -> reads(part, columns);
            case Filter.Is(var column, _) -> columns.contains(column);
            case Filter.In in -> columns.contains(in.column());
            case Filter.Compare compare -> columns.contains(compare.column());
            case Filter.Unknown _, Filter.Expression _ -> true;
        };
    }

    /// What somebody is told whose rights depend on a column that the log does not hold. It does
    /// not name the column: policies are not for those whom they bind to read.
    public static FailureException unpublished(TableName table) {
        return invalid(
                ("row policies of %s read a column that is not published: publish all its columns"
                                + " (ALTER PUBLICATION … SET TABLE …, %s)")
                        .formatted(table, table));
    }

    /// A filter with the table it was compiled for, and the rights under which it was.
    public static final class Bound {
        private final Filter filter;
        private final Filter visibleFilter;
        private final Relation relation;
        private final Set<String> readable;
        private final Node visible;
        private final Node node;

        private Bound(
                Filter filter,
                Filter visibleFilter,
                Relation relation,
                Set<String> readable,
                Node asked,
                Node visible) {
            this.filter = filter;
            this.visibleFilter = visibleFilter;
            this.relation = relation;
            this.readable = Set.copyOf(readable);
            this.visible = visible;
            this.node = all(List.of(visible, asked));
        }

        public Filter filter() {
            return filter;
        }

        public Relation relation() {
            return relation;
        }

        public Set<String> readable() {
            return readable;
        }

        /// Whether a row is asked for and may be seen.
        public Predicate predicate() {
            return node;
        }

        /// Whether a row may be seen, asked for or not.
        public Predicate visible() {
            return visible;
        }

        Node node() {
            return node;
        }
    }

    private Node node(Filter filter, Relation relation, Set<String> readable) {
        return switch (filter) {
            case Filter.And(var parts) -> all(nodes(parts, relation, readable));
            case Filter.Or(var parts) -> any(nodes(parts, relation, readable));
            case Filter.Not(var part) -> new Node.Not(node(part, relation, readable));
            case Filter.Is(var column, var condition) ->
                    is(index(column, relation, readable), condition, relation);
            case Filter.Unknown() -> new Node.Constant(Truth.UNKNOWN);
            case Filter.Expression expression -> new Node.Asked(oracle, expression, relation);
            case Filter.In in -> terms(in.column(), relation, readable).in(in);
            case Filter.Compare compare ->
                    terms(compare.column(), relation, readable).compare(compare);
        };
    }

    private List<Node> nodes(List<Filter> filters, Relation relation, Set<String> readable) {
        return filters.stream().map(part -> node(part, relation, readable)).toList();
    }

    private static Node all(List<Node> nodes) {
        List<Node> parts =
                nodes.stream()
                        .flatMap(node ->
                                node instanceof Node.All all
                                        ? all.parts().stream()
                                        : Stream.of(node))
                        .filter(node -> !node.equals(Node.Constant.TRUE))
                        .toList();
        return switch (parts.size()) {
            case 0 -> Node.Constant.TRUE;
            case 1 -> parts.getFirst();
            default -> new Node.All(parts);
        };
    }

    private static Node any(List<Node> nodes) {
        return switch (nodes.size()) {
            case 0 -> new Node.Constant(Truth.FALSE);
            case 1 -> nodes.getFirst();
            default -> new Node.Any(nodes);
        };
    }

    private TermCompiler terms(String column, Relation relation, Set<String> readable) {
        return new TermCompiler(oracle, relation, index(column, relation, readable));
    }

    private static int index(String column, Relation relation, Set<String> readable) {
        int index = readable.contains(column) ? relation.indexOf(column) : -1;
        if (index < 0) {
            throw invalid("invalid column for filter " + column);
        }
        return index;
    }

    private static Node is(int column, Condition condition, Relation relation) {
        PgType type = relation.columns().get(column).type();
        boolean isBoolean = type.bare() instanceof PgType.Base base && base.name().equals("bool");
        if (condition != Condition.NULL && !isBoolean) {
            throw invalid(
                    "is %s filter requires a boolean column, got %s"
                            .formatted(
                                    condition.name().toLowerCase(java.util.Locale.ROOT),
                                    Family.display(type)));
        }
        return switch (condition) {
            case NULL, UNKNOWN ->
                    new Node.Term(column, Truth.TRUE, new ValueTest.Always(Truth.FALSE));
            case TRUE -> new Node.Term(column, Truth.FALSE, new ValueTest.Same(new byte[] {'t'}));
            case FALSE -> new Node.Term(column, Truth.FALSE, new ValueTest.Same(new byte[] {'f'}));
        };
    }

    static FailureException invalid(String words) {
        return new FailureException(new Failure.Invalid("", words));
    }
}
