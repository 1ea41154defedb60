package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Order;
import dev.lockstep.feed.FeedReader;
import dev.lockstep.match.FilterSql;
import dev.lockstep.postgres.Database;
import dev.lockstep.wire.Envelope;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.row.ChangeJson;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/// First loads of live feeds: the rows of one filter at one moment, under the caller's own role,
/// and the handover from that moment to the log. On virtual threads; a bounded number at once.
final class Snapshots {
    private final Database database;
    private final Visibility visibility;
    private final Resolver resolver;
    private final Semaphore atWork;

    Snapshots(Database database, Visibility visibility, Resolver resolver, ChannelConfig config) {
        this.database = database;
        this.visibility = visibility;
        this.resolver = resolver;
        this.atWork = new Semaphore(config.snapshotsAtWork(), true);
    }

    /// What to read, besides the question itself.
    ///
    /// @param limit how many rows at most
    /// @param total whether all rows of the filter are counted
    record Page(List<Order> order, int limit, boolean total) {}

    private record Taken(Spec.Feed spec, Handover handover, List<Row> rows, Optional<Long> total) {}

    /// How the feed goes on: what the snapshot did not see is in the reader, among what it saw.
    interface Follow {
        void from(Handover handover, FeedReader reader);
    }

    /// Sends the rows as a `reset`. Rights that stand in rows are read in the same snapshot, and
    /// complete the seat's spec.
    void load(Seat seat, FeedResolver.Resolved feed, Dismissal reason, Follow follow)
            throws InterruptedException {
        Taken taken;
        FeedReader before;
        atWork.acquire();
        try {
            // Transactions that the log holds already may still be invisible to the snapshot.
            before = visibility.reader();
            taken = database.snapshot(connection -> take(connection, feed));
        } finally {
            atWork.release();
        }
        visibility.saw(taken.handover());
        seat.hears(taken.spec());
        send(seat, taken, feed.relation(), reason);
        follow.from(taken.handover(), before);
    }

    private static void send(Seat seat, Taken taken, Relation relation, Dismissal reason) {
        Spec.Feed spec = taken.spec();
        FeedPayload payload = new FeedPayload();
        int[] columns = Bodies.indexes(relation, spec.question().columns());
        for (Row row : taken.rows()) {
            payload.enter(ChangeJson.row(relation, row, columns));
        }
        Envelope envelope = spec.codec().envelope(spec.topic(), "feed");
        FeedPayload.Head head = FeedPayload.Head.reset(spec.id(), reason.word(), taken.total());
        for (Frame frame : FeedPayload.frames(envelope, head, payload.bodies())) {
            // The rights that these rows were read under may have ended meanwhile.
            if (!seat.isClosed() && !seat.isRecalled()) {
                seat.member().outbox().send(frame);
            }
        }
    }

    private Taken take(Connection connection, FeedResolver.Resolved feed) throws SQLException {
        Handover handover = Visibility.take(connection);
        feed.caller().enter(connection);
        Spec.Feed spec = resolver.complete(feed, feed.plan().read(connection));
        Spec.Question question = spec.question();
        // The policies bind this query by themselves: PostgreSQL applies its own.
        FilterSql.Fragment where = FilterSql.of(question.where(), feed.relation());
        Optional<Long> total =
                feed.page().total()
                        ? Optional.of(count(connection, question, where))
                        : Optional.empty();
        return new Taken(
                spec,
                handover,
                rows(connection, question, feed.page(), feed.relation(), where),
                total);
    }

    private static long count(
            Connection connection, Spec.Question question, FilterSql.Fragment where)
            throws SQLException {
        String sql = "select count(*) from " + question.table().quoted() + " where " + where.sql();
        try (PreparedStatement statement = prepare(connection, sql, where);
                ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getLong(1);
        }
    }

    private static List<Row> rows(
            Connection connection,
            Spec.Question question,
            Page page,
            Relation relation,
            FilterSql.Fragment where)
            throws SQLException {
        List<String> columns = question.columns();
        String sql =
                "select "
                        + String.join(", ", columns.stream().map(TableName::quote).toList())
                        + " from "
                        + question.table().quoted()
                        + " where "
                        + where.sql()
                        + " order by "
                        + FilterSql.orderBy(page.order(), relation)
                        + " limit "
                        + page.limit();
        int[] places = columns.stream().mapToInt(relation::indexOf).toArray();
        List<Row> rows = new ArrayList<>();
        try (PreparedStatement statement = prepare(connection, sql, where);
                ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                Row.Builder row = new Row.Builder(relation.columns().size());
                for (int i = 0; i < places.length; i++) {
                    String text = result.getString(i + 1);
                    if (text == null) {
                        row.setNull(places[i]);
                    } else {
                        row.set(places[i], text.getBytes(UTF_8));
                    }
                }
                rows.add(row.build());
            }
        }
        return rows;
    }

    private static PreparedStatement prepare(
            Connection connection, String sql, FilterSql.Fragment where) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < where.parameters().size(); i++) {
            statement.setString(i + 1, where.parameters().get(i));
        }
        return statement;
    }
}
