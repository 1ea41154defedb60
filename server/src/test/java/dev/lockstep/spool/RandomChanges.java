package dev.lockstep.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Change;
import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Changes of every kind, from a seeded generator, and a way to compare them.
public final class RandomChanges {
    private final RandomGenerator random;
    private final List<Relation> relations;

    public RandomChanges(RandomGenerator random) {
        this.random = random;
        this.relations = List.of(relation(1, 1), relation(2, 4), relation(3, 12));
    }

    public static Relation relation(int oid, int columns) {
        PgType text = new PgType.Base(25, "text");
        return new Relation(
                oid,
                new TableName("public", "t" + oid),
                ReplicaIdentity.FULL,
                IntStream.range(0, columns)
                        .mapToObj(i -> new Column("c" + i, text, -1, Collation.BYTES, i == 0))
                        .toList());
    }

    /// A change with values of up to about `size` bytes.
    public Change next(int size) {
        Relation relation = relations.get(random.nextInt(relations.size()));
        return switch (random.nextInt(12)) {
            case 0 -> new Change.Truncate(relations, random.nextBoolean(), random.nextBoolean());
            case 1 -> new Change.Message("préfixe", bytes(random.nextInt(size + 1)));
            case 2, 3 -> new Change.Delete(relation, row(relation, size));
            case 4, 5, 6, 7 ->
                    new Change.Update(relation, row(relation, size), row(relation, size));
            default -> new Change.Insert(relation, row(relation, size));
        };
    }

    public List<Change> list(int count, int size) {
        return IntStream.range(0, count).mapToObj(_ -> next(size)).toList();
    }

    private Row row(Relation relation, int size) {
        Row.Builder row = new Row.Builder(relation.columns().size());
        for (int i = 0; i < relation.columns().size(); i++) {
            switch (random.nextInt(5)) {
                case 0 -> row.setNull(i);
                case 1 -> {}
                default -> row.set(i, bytes(random.nextInt(size + 1)));
            }
        }
        return row.build();
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('a' + random.nextInt(26));
        }
        return bytes;
    }

    /// All that a change says, with the relation as an instance.
    public static String text(Change change) {
        return switch (change) {
            case Change.Insert(var relation, var row) -> "insert " + id(relation) + text(row);
            case Change.Update(var relation, var old, var row) ->
                    "update " + id(relation) + text(old) + text(row);
            case Change.Delete(var relation, var old) -> "delete " + id(relation) + text(old);
            case Change.Truncate(var relations, var cascade, var restart) ->
                    "truncate "
                            + relations.stream().map(RandomChanges::id).toList()
                            + cascade
                            + restart;
            case Change.Message(var prefix, var content) ->
                    "message " + prefix + " " + new String(content, UTF_8);
        };
    }

    public static List<String> texts(Iterable<Change> changes) {
        return texts(changes.iterator());
    }

    public static List<String> texts(Iterator<Change> changes) {
        List<String> texts = new ArrayList<>();
        changes.forEachRemaining(change -> texts.add(text(change)));
        return texts;
    }

    private static String id(Relation relation) {
        return relation.oid() + "@" + System.identityHashCode(relation);
    }

    private static String text(Row row) {
        StringBuilder text = new StringBuilder("(");
        for (int i = 0; i < row.size(); i++) {
            text.append(row.isAbsent(i) ? "-" : row.isNull(i) ? "null" : "'" + row.text(i) + "'")
                    .append(' ');
        }
        return text.append(')').toString();
    }
}
