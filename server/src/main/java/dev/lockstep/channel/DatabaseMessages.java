package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.Topic;
import dev.lockstep.core.Transaction;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.BroadcastMessage.Form;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rows of `realtime.messages`, as the log brings them, on their way into rooms. The fan-out
/// thread's; never waits: what a room cannot take is dropped, and the log says so.
final class DatabaseMessages {
    private static final Logger log = LoggerFactory.getLogger(DatabaseMessages.class);

    static final TableName TABLE = new TableName("realtime", "messages");

    private static final long WORD_EVERY = 1_000_000_000L;

    /// Where the parts of a message stand in its row.
    private record Places(
            int topic, int extension, int event, int payload, int bytes, int restricted, int id) {
        static Places of(Relation relation) {
            return new Places(
                    relation.indexOf("topic"),
                    relation.indexOf("extension"),
                    relation.indexOf("event"),
                    relation.indexOf("payload"),
                    relation.indexOf("binary_payload"),
                    relation.indexOf("private"),
                    relation.indexOf("id"));
        }
    }

    private final Function<Topic, TopicShard> shards;
    private final long maxBytes;
    private @Nullable Relation known;
    private @Nullable Places places;
    private long dropped;
    private long lastWord = System.nanoTime() - WORD_EVERY;

    /// @param maxBytes the largest payload
    DatabaseMessages(Function<Topic, TopicShard> shards, long maxBytes) {
        this.shards = shards;
        this.maxBytes = maxBytes;
    }

    /// Broadcasts the row, if it is a message; any table's change may come here.
    ///
    /// @param from its transaction
    void inserted(Change.Insert insert, Transaction from) {
        if (!insert.relation().name().equals(TABLE)) {
            return;
        }
        Places in = places(insert.relation());
        Row row = insert.row();
        // A row that was stored under another extension's right is no broadcast.
        if (!has(row, in.extension()) || !row.text(in.extension()).equals("broadcast")) {
            return;
        }
        Optional<BroadcastMessage> message = message(in, row);
        if (message.isEmpty()) {
            return;
        }
        Topic topic = new Topic(Topic.PREFIX + row.text(in.topic()));
        TopicShard shard = shards.apply(topic);
        if (message.get().payload().length > maxBytes || shard.isFull()) {
            drop(topic);
        } else {
            boolean restricted = has(row, in.restricted()) && row.text(in.restricted()).equals("t");
            shard.post(
                    new TopicShard.Command.Tell(
                            new TopicShard.RoomName(topic, restricted),
                            new StoredMessage(message.get(), from.commitLsn(), from.xid())));
        }
    }

    private Places places(Relation relation) {
        Places found = places;
        if (found == null || relation != known) {
            found = Places.of(relation);
            places = found;
            known = relation;
        }
        return found;
    }

    private static Optional<BroadcastMessage> message(Places in, Row row) {
        if (!has(row, in.topic()) || !has(row, in.event()) || !has(row, in.id())) {
            return Optional.empty();
        }
        String id = row.text(in.id());
        String event = row.text(in.event());
        if (has(row, in.payload())) {
            int from = row.offset(in.payload());
            byte[] json = Arrays.copyOfRange(row.data(), from, from + row.length(in.payload()));
            return Optional.of(message(id, event, Form.JSON, json, ""));
        }
        if (has(row, in.bytes())) {
            return Optional.of(message(id, event, Form.BYTES, unhex(row, in.bytes()), ""));
        }
        return Optional.empty();
    }

    /// @param mark what else its metadata says: text before the id, such as `"replayed":true,`
    static BroadcastMessage message(
            String id, String event, Form form, byte[] payload, String mark) {
        String meta = "{" + mark + "\"id\":\"" + id + "\"}";
        return new BroadcastMessage(event, form, payload, Optional.of(meta));
    }

    /// Of `bytea` as text: `\x0102ff`.
    private static byte[] unhex(Row row, int column) {
        int from = row.offset(column) + 2;
        String digits = new String(row.data(), from, row.length(column) - 2, US_ASCII);
        return HexFormat.of().parseHex(digits);
    }

    private static boolean has(Row row, int column) {
        return column >= 0 && row.hasValue(column);
    }

    private void drop(Topic topic) {
        dropped++;
        long now = System.nanoTime();
        if (now - lastWord >= WORD_EVERY) {
            lastWord = now;
            log.atWarn()
                    .addKeyValue("code", "UnableToBroadcastChanges")
                    .addKeyValue("topic", topic)
                    .addKeyValue("dropped", dropped)
                    .log("a message from the database is too large or its topic too busy");
        }
    }
}
