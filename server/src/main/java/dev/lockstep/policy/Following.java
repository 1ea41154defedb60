package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to it that the log tells of the changes of tables on which rights stand. Any thread.
///
/// A table that is in no publication is added to the one of our own. From then on PostgreSQL sends
/// the changes that are *made* after that; a transaction that was under way may have made some
/// before and still commit later, unseen. So rights are sure to be followed only when they were
/// read in a snapshot to which all that was under way then has ended: whatever it does not see then
/// comes by the log.
final class Following {
    private static final Logger log = LoggerFactory.getLogger(Following.class);
    private static final Duration ONCE_MORE = Duration.ofMinutes(1);
    private static final String NOW = "pg_catalog.pg_current_snapshot()";

    private final Database control;
    private final Map<Which, Mark> marks = new ConcurrentHashMap<>();
    private final ReentrantLock marking = new ReentrantLock();

    Following(Database control) {
        this.control = control;
    }

    /// How far a table is followed.
    enum State {
        FOLLOWED,
        /// Once all ended that was under way when it began.
        SOON,
        NEVER
    }

    private record Which(int oid, Table.Following following) {}

    /// @param horizon of transactions, the first that surely began when it was published
    private record Mark(boolean followed, long horizon, long madeAt) {}

    /// Begins with those tables that are not followed yet; may wait for the database.
    void begin(Collection<Table> tables) {
        for (Table table : tables) {
            Which which = which(table);
            if (isDue(marks.get(which))) {
                marking.lock();
                try {
                    if (isDue(marks.get(which))) {
                        marks.put(which, begun(table));
                    }
                } finally {
                    marking.unlock();
                }
            }
        }
    }

    private static boolean isDue(@org.jspecify.annotations.Nullable Mark mark) {
        return mark == null
                || (!mark.followed() && System.nanoTime() - mark.madeAt() > ONCE_MORE.toNanos());
    }

    private static Which which(Table table) {
        return new Which(table.relation().oid(), table.following());
    }

    private Mark begun(Table table) {
        long now = System.nanoTime();
        if (table.following() == Table.Following.IMPOSSIBLE) {
            return new Mark(false, 0, now);
        }
        try {
            return control.call(connection -> {
                if (table.following() == Table.Following.POSSIBLE) {
                    publish(connection, table);
                }
                return new Mark(true, transaction(connection, "pg_snapshot_xmax"), now);
            });
        } catch (FailureException e) {
            log.atWarn()
                    .addKeyValue("table", table.relation().name())
                    .addKeyValue("code", e.failure().code())
                    .addKeyValue("reason", e.getMessage())
                    .log(
                            "a table that row policies read cannot be followed;"
                                    + " rights are read again every 30 seconds");
            return new Mark(false, 0, now);
        }
    }

    private static void publish(Connection connection, Table table) throws SQLException {
        TableName name = table.relation().name();
        try (PreparedStatement statement =
                connection.prepareStatement("select lockstep.follow(?::pg_catalog.regclass)")) {
            statement.setObject(1, name.quoted(), Types.OTHER);
            statement.execute();
        }
    }

    /// @param xmin the oldest transaction that the rights' snapshot does not see for certain
    State of(Table table, long xmin) {
        Mark mark = marks.get(which(table));
        if (mark == null || !mark.followed()) {
            return State.NEVER;
        }
        return Long.compareUnsigned(xmin, mark.horizon()) >= 0 ? State.FOLLOWED : State.SOON;
    }

    /// What [#of] compares with, of this transaction's snapshot.
    static long oldest(Connection connection) throws SQLException {
        return transaction(connection, "pg_snapshot_xmin");
    }

    /// The same of this very moment.
    long oldest() {
        return control.call(Following::oldest);
    }

    private static long transaction(Connection connection, String bound) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select pg_catalog." + bound + "(" + NOW + ")::text")) {
            row.next();
            return Long.parseUnsignedLong(row.getString(1));
        }
    }
}
