package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Identity;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Order;
import dev.lockstep.feed.ChangeFeed;
import dev.lockstep.feed.FeedReader;
import dev.lockstep.match.FilterSql;
import dev.lockstep.postgres.Database;
import dev.lockstep.wire.Envelope;
import dev.lockstep.wire.FeedPayload;
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
    private final ChangeFeed feed;
    private final Database database;
    private final Semaphore atWork;

    Snapshots(ChangeFeed feed, Database database, ChannelConfig config) {
        this.feed = feed;
        this.database = database;
        this.atWork = new Semaphore(config.snapshotsAtWork(), true);
    }

    /// What to read, besides the question itself.
    ///
    /// @param limit how many rows at most
    /// @param total whether all rows of the filter are counted
    record Page(List<Order> order, int limit, boolean total) {}

    private record Taken(Handover handover, List<Row> rows, Optional<Long> total) {}

    /// Sends the rows as a `reset`.
    ///
    /// @param follow goes on from there: what the snapshot did not see is in the reader, among what
    ///   it saw
    void load(
            Seat seat,
            Spec.Feed spec,
            Page page,
            Relation relation,
            Identity identity,
            Dismissal reason,
            Follow follow)
            throws InterruptedException {
        Taken taken;
        FeedReader before;
        atWork.acquire();
        try {
            // Transactions that the log holds already may still be invisible to the snapshot.
            before = feed.fromOldest();
            taken =
                    database.snapshot(connection ->
                            take(connection, spec.question(), page, relation, identity));
        } finally {
            atWork.release();
        }
        send(seat, spec, relation, taken, reason);
        follow.from(taken.handover(), before);
    }

    interface Follow {
        void from(Handover handover, FeedReader reader);
    }

    private static void send(
            Seat seat, Spec.Feed spec, Relation relation, Taken taken, Dismissal reason) {
        FeedPayload payload = new FeedPayload();
        int[] columns = Bodies.indexes(relation, spec.question().columns());
        for (Row row : taken.rows()) {
            payload.enter(ChangeJson.row(relation, row, columns));
        }
        Envelope envelope = spec.codec().envelope(spec.topic(), "feed");
        FeedPayload.Head head = FeedPayload.Head.reset(spec.id(), reason.word(), taken.total());
        FeedPayload.frames(envelope, head, payload.bodies()).forEach(seat.member().outbox()::send);
    }

    private static Taken take(
            Connection connection,
            Spec.Question question,
            Page page,
            Relation relation,
            Identity identity)
            throws SQLException {
        Handover handover = become(connection, identity);
        FilterSql.Fragment where = FilterSql.of(question.where(), relation);
        Optional<Long> total =
                page.total() ? Optional.of(count(connection, question, where)) : Optional.empty();
        return new Taken(handover, rows(connection, question, page, relation, where), total);
    }

    /// Takes the snapshot, reads the position, and goes on as the caller.
    private static Handover become(Connection connection, Identity identity) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select pg_current_snapshot()::text, pg_current_wal_insert_lsn()::text,"
                                + " set_config('role', ?, true),"
                                + " set_config('request.jwt.claims', ?, true)")) {
            statement.setString(1, identity.role());
            statement.setString(2, identity.claimsJson());
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                return Handover.parse(result.getString(1), Lsn.parse(result.getString(2)));
            }
        }
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
