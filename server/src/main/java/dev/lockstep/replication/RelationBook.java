package dev.lockstep.replication;

import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.TableName;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.CatalogueKeeper;
import dev.lockstep.postgres.Table;
import dev.lockstep.replication.pgoutput.PgOutputException;
import dev.lockstep.replication.pgoutput.PgOutputMessage.RelationShape;
import dev.lockstep.replication.pgoutput.PgOutputMessage.ShapeColumn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The relations that this connection has described. Columns and their types are the log's own word
/// at that place; what the log does not tell (primary key, collation, what a type is made of) comes
/// from the catalogue. A relation keeps its instance for as long as its shape stays.
///
/// Belongs to the reader's thread; outlives connections, so that instances do too.
final class RelationBook {
    private final CatalogueKeeper keeper;
    private final Map<Integer, String> typeNames = new HashMap<>();
    private final Map<Integer, Relation> latest = new HashMap<>();
    private Page page;

    RelationBook(CatalogueKeeper keeper) {
        this.keeper = keeper;
        this.page = new Page();
    }

    /// Descriptions by oid: those of the connection, or those that count for one running
    /// transaction only.
    final class Page {
        private final Map<Integer, RelationShape> described = new HashMap<>();
        private final Map<Integer, Shape> shapes = new HashMap<>();
        private Catalogue catalogue = keeper.current();
        private @Nullable Shape last;

        void learn(RelationShape shape) {
            described.put(shape.oid(), shape);
            shapes.remove(shape.oid());
            last = null;
        }

        private @Nullable Shape find(int oid) {
            if (catalogue != keeper.current()) {
                catalogue = keeper.current();
                shapes.clear();
                last = null;
            }
            if (last != null && last.relation().oid() == oid) {
                return last;
            }
            Shape shape = shapes.get(oid);
            if (shape == null) {
                RelationShape description = described.get(oid);
                if (description == null) {
                    return null;
                }
                shape = make(description);
                shapes.put(oid, shape);
            }
            last = shape;
            return shape;
        }
    }

    /// A new connection describes everything anew.
    void forget() {
        page = new Page();
    }

    void learn(RelationShape shape) {
        page.learn(shape);
    }

    /// What a running transaction had described now counts for all.
    void learnAll(Page own) {
        own.described.values().forEach(page::learn);
    }

    void learnType(int oid, String name) {
        typeNames.put(oid, name);
    }

    /// Whether the catalogue, as it is known, describes the same table in the same way.
    boolean explains(RelationShape shape) {
        Table table = table(keeper.current(), shape);
        if (table == null || table.relation().identity() != shape.identity()) {
            return false;
        }
        for (ShapeColumn column : shape.columns()) {
            Column same = find(table.relation(), column);
            if (same == null
                    || (shape.identity() == ReplicaIdentity.DEFAULT
                            && same.key() != column.identity())) {
                return false;
            }
        }
        return true;
    }

    /// @param own the page of a running transaction; null outside of one
    @Nullable Shape find(int oid, @Nullable Page own) {
        Shape shape = own == null ? null : own.find(oid);
        return shape == null ? page.find(oid) : shape;
    }

    /// As [#find], for a row, whose relation must have been described.
    Shape shape(int oid, @Nullable Page own) {
        Shape shape = find(oid, own);
        if (shape == null) {
            throw new PgOutputException("a row of relation " + oid + ", never described", 0);
        }
        return shape;
    }

    private Shape make(RelationShape shape) {
        Table table = table(keeper.current(), shape);
        List<Column> columns = new ArrayList<>(shape.columns().size());
        boolean[] identity = new boolean[shape.columns().size()];
        for (ShapeColumn column : shape.columns()) {
            identity[columns.size()] = column.identity();
            columns.add(column(shape, column, table));
        }
        TableName name = new TableName(shape.schema(), shape.name());
        Relation made = new Relation(shape.oid(), name, shape.identity(), columns);
        return new Shape(known(made, table), identity);
    }

    /// The instance that already stands for this shape, if there is one.
    private Relation known(Relation made, @Nullable Table table) {
        Relation before = latest.get(made.oid());
        if (before != null && before.sameShape(made)) {
            return before;
        }
        Relation relation =
                table != null && table.relation().sameShape(made) ? table.relation() : made;
        latest.put(made.oid(), relation);
        return relation;
    }

    private Column column(RelationShape shape, ShapeColumn column, @Nullable Table table) {
        Column same = table == null ? null : find(table.relation(), column);
        PgType type = same == null ? type(column.typeOid()) : same.type();
        boolean key =
                shape.identity() == ReplicaIdentity.DEFAULT
                        ? column.identity()
                        : same != null && same.key();
        Collation collation = same == null ? collation(type) : same.collation();
        return new Column(column.name(), type, column.typeModifier(), collation, key);
    }

    private PgType type(int oid) {
        Optional<PgType> known = keeper.typeOf(oid);
        return known.orElseGet(() -> new PgType.Base(oid, typeNames.getOrDefault(oid, "unknown")));
    }

    /// Without the catalogue nothing is known of a text's collation, so nothing is claimed.
    private static Collation collation(PgType type) {
        return switch (type.bare().oid()) {
            case 25, 1042, 1043 -> Collation.NONDETERMINISTIC;
            case 19 -> Collation.BYTES;
            default ->
                    type.bare() instanceof PgType.Base(int oid, _) && oid >= 16_384
                            ? Collation.NONDETERMINISTIC
                            : Collation.NONE;
        };
    }

    private static @Nullable Table table(Catalogue catalogue, RelationShape shape) {
        return catalogue
                .table(new TableName(shape.schema(), shape.name()))
                .filter(table -> table.relation().oid() == shape.oid())
                .orElse(null);
    }

    private static @Nullable Column find(Relation relation, ShapeColumn column) {
        int index = relation.indexOf(column.name());
        if (index < 0) {
            return null;
        }
        Column found = relation.columns().get(index);
        boolean same =
                found.type().oid() == column.typeOid()
                        && found.typeModifier() == column.typeModifier();
        return same ? found : null;
    }
}
