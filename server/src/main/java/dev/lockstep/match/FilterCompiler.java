package dev.lockstep.match;

import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.core.filter.Filter.Condition;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.util.List;
import java.util.Set;

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

    /// The same with what it was made of, for [MatchIndex], which compiles again when the table
    /// changes.
    public Bound bind(Filter filter, Relation relation, Set<String> readable) {
        return new Bound(filter, relation, readable, node(filter, relation, readable));
    }

    /// A filter with the table it was compiled for.
    public static final class Bound {
        private final Filter filter;
        private final Relation relation;
        private final Set<String> readable;
        private final Node node;

        private Bound(Filter filter, Relation relation, Set<String> readable, Node node) {
            this.filter = filter;
            this.relation = relation;
            this.readable = Set.copyOf(readable);
            this.node = node;
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

        public Predicate predicate() {
            return node;
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
        return switch (nodes.size()) {
            case 0 -> new Node.Constant(Truth.TRUE);
            case 1 -> nodes.getFirst();
            default -> new Node.All(nodes);
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
