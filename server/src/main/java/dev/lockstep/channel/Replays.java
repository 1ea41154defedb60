package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Database;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.BroadcastMessage.Form;
import dev.lockstep.wire.JoinConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Reads what was said in a private room before a member came: the newest messages of a time, under
/// the member's own rights. On virtual threads; a bounded number at once.
final class Replays {
    private static final String MARK = "\"replayed\":true,";

    private static final String AS_OF =
            "select pg_current_snapshot()::text, pg_current_wal_insert_lsn()::text";

    /// Messages of one transaction have different times where the default is ours; elsewhere their
    /// places in the table tell their order, as a rule.
    private static final String MESSAGES =
            """
            select id, event, payload, binary_payload from realtime.messages
            where topic = ? and private and extension = 'broadcast' and event is not null
                and (payload is not null or binary_payload is not null)
                and inserted_at >= timestamp 'epoch' + ?::float8 * interval '1 millisecond'
                and inserted_at < timezone('utc', now()) + interval '1 minute'
                and coalesce(octet_length(payload::text), octet_length(binary_payload)) <= ?
            order by inserted_at desc, tableoid desc, ctid desc
            limit ?
            """;

    private final Database database;
    private final ChannelConfig config;
    private final Semaphore atWork;

    Replays(Database database, ChannelConfig config) {
        this.database = database;
        this.config = config;
        this.atWork = new Semaphore(config.snapshotsAtWork(), true);
    }

    /// @throws FailureException when the messages cannot be read
    Room.Replay read(Caller caller, Topic topic, JoinConfig.Replay asked) {
        try {
            if (!atWork.tryAcquire(config.rooms().probeWait().toMillis(), TimeUnit.MILLISECONDS)) {
                throw busy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy();
        }
        try {
            return database.snapshot(connection -> read(connection, caller, topic, asked));
        } finally {
            atWork.release();
        }
    }

    private Room.Replay read(
            Connection connection, Caller caller, Topic topic, JoinConfig.Replay asked)
            throws SQLException {
        Handover taken;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(AS_OF)) {
            row.next();
            taken = Handover.parse(row.getString(1), Lsn.parse(row.getString(2)));
        }
        caller.enter(connection);
        try (PreparedStatement statement =
                connection.prepareStatement("select set_config('realtime.topic', ?, true)")) {
            statement.setString(1, topic.sub());
            statement.execute();
        }
        return new Room.Replay(messages(connection, topic, asked), Optional.of(taken));
    }

    private List<BroadcastMessage> messages(
            Connection connection, Topic topic, JoinConfig.Replay asked) throws SQLException {
        List<BroadcastMessage> messages = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(MESSAGES)) {
            statement.setString(1, topic.sub());
            statement.setDouble(2, asked.sinceMillis());
            statement.setLong(3, config.broadcastBytes());
            statement.setInt(4, asked.limit());
            long bytes = 0;
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    BroadcastMessage message = message(rows);
                    bytes += message.payload().length;
                    if (bytes > config.rooms().replayBytes()) {
                        break;
                    }
                    messages.add(message);
                }
            }
        }
        Collections.reverse(messages);
        return messages;
    }

    private static BroadcastMessage message(ResultSet row) throws SQLException {
        String json = row.getString(3);
        byte[] payload = json == null ? row.getBytes(4) : json.getBytes(UTF_8);
        return DatabaseMessages.message(
                row.getString(1),
                row.getString(2),
                json == null ? Form.BYTES : Form.JSON,
                payload,
                MARK);
    }

    private static FailureException busy() {
        return new FailureException(
                new Failure.Unavailable(
                        "database", "Too many replays are read at once.", Duration.ofSeconds(1)));
    }
}
