package dev.lockstep.policy;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.SqlFailures;
import dev.lockstep.postgres.SqlWork;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a caller may hear and say in the private room of a topic. PostgreSQL decides, by the
/// policies of `realtime.messages`: rows are put there for trial, looked at as the caller, and
/// rolled back, so that nothing of them stays.
///
/// Whatever goes wrong in a policy is a denial, and the log says why; only a database that is away
/// or busy is told apart. Any thread; a call waits for the database. A bounded number probe at
/// once, because thousands may join in one second; who waits longer than the bound is refused with
/// `TooMany`. Nothing is kept here: a right counts as long as the token of the member that asked.
public final class TopicRights {
    private static final Logger log = LoggerFactory.getLogger(TopicRights.class);

    /// After which PostgreSQL ends a policy that does not.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String NO_PRIVILEGE = "42501";

    private static final String SETTINGS =
            "select set_config('realtime.topic', ?, true), set_config('statement_timeout', '"
                    + PATIENCE.toMillis()
                    + "', true)";

    /// The API's own privileged role stands in for an owner: it may write any row, and every
    /// caller's connection may become it, and from it the caller.
    private static final String PRIVILEGED = ", set_config('role', 'service_role', true)";

    private static final String TRIAL =
            "; insert into realtime.messages (id, topic, extension, private)"
                    + " values (?::uuid, ?, ?, true)";

    /// What all answers stand on: policies, grants, roles, and the functions that policies name.
    private static final String DEFINITIONS =
            """
            with messages as (
                select c.oid, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity,
                    n.nspacl
                from pg_catalog.pg_class c
                join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'realtime' and c.relname = 'messages'
            )
            select pg_catalog.concat_ws(' ',
                (select m::text from messages m),
                (select pg_catalog.string_agg(a.attname || a.attacl::text, ' ' order by a.attnum)
                    from pg_catalog.pg_attribute a join messages m on a.attrelid = m.oid
                    where a.attacl is not null),
                (select pg_catalog.string_agg(p.oid || ':' || p.xmin, ' ' order by p.oid)
                    from pg_catalog.pg_policy p join messages m on p.polrelid = m.oid),
                (select pg_catalog.string_agg(f.oid || ':' || f.xmin, ' ' order by f.oid)
                    from pg_catalog.pg_policy p
                    join messages m on p.polrelid = m.oid
                    join pg_catalog.pg_depend d
                        on d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
                        and d.objid = p.oid
                        and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                    join pg_catalog.pg_proc f on f.oid = d.refobjid),
                (select pg_catalog.count(*) || ':' || pg_catalog.sum(pg_catalog.hashtextextended(
                    pg_catalog.concat_ws(' ', r.oid, r.rolname, r.rolsuper, r.rolbypassrls,
                        r.rolinherit), 0)) from pg_catalog.pg_roles r),
                (select pg_catalog.count(*) || ':' || pg_catalog.sum(pg_catalog.hashtextextended(
                    pg_catalog.concat_ws(' ', g.roleid, g.member, g.xmin), 0))
                    from pg_catalog.pg_auth_members g))
            """;

    /// What one may hear, or say.
    public enum Extension {
        BROADCAST,
        PRESENCE;

        private String word() {
            return switch (this) {
                case BROADCAST -> "broadcast";
                case PRESENCE -> "presence";
            };
        }
    }

    private final Database callers;
    private final Database control;
    private final Semaphore atWork;
    private final Duration wait;

    /// @param callers connections that may become any caller
    /// @param control connections that read the catalogue
    /// @param atWork how many probe at once
    /// @param wait how long one waits for its turn
    public TopicRights(Database callers, Database control, int atWork, Duration wait) {
        this.callers = callers;
        this.control = control;
        this.atWork = new Semaphore(atWork, true);
        this.wait = wait;
    }

    /// Which of the extensions the caller may hear in the topic's private room.
    ///
    /// @param topic without the prefix
    /// @throws FailureException when it cannot be found out
    public Set<Extension> heard(Caller caller, String topic, Set<Extension> wanted) {
        return inTurn(() -> probe(connection -> readable(connection, caller, topic, wanted)));
    }

    /// Whether the caller may say something of that kind in the topic's private room.
    ///
    /// @param topic without the prefix
    /// @throws FailureException when it cannot be found out
    public boolean maySay(Caller caller, String topic, Extension extension) {
        return inTurn(() -> probe(connection -> writable(connection, caller, topic, extension)));
    }

    /// A text that changes when answers given so far may have changed with policies, grants, roles
    /// or functions; rows that policies look at are not in it.
    ///
    /// @throws FailureException when the catalogue cannot be read
    public String definitions() {
        return control.call(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(DEFINITIONS)) {
                row.next();
                return row.getString(1);
            }
        });
    }

    private interface Question<T> {
        T answer();
    }

    private <T> T inTurn(Question<T> question) {
        try {
            if (!atWork.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new FailureException(
                        new Failure.TooMany(
                                "probes",
                                "IncreaseConnectionPool: Please increase your connection pool size",
                                Duration.ofSeconds(1)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(
                    new Failure.Unavailable(
                            "database", "The server is stopping.", Duration.ofSeconds(1)),
                    e);
        }
        try {
            return question.answer();
        } finally {
            atWork.release();
        }
    }

    /// Runs in a transaction of which nothing stays, whatever happens.
    private <T> T probe(SqlWork<T> work) {
        return callers.call(connection -> {
            connection.setAutoCommit(false);
            try {
                return work.run(connection);
            } finally {
                if (!connection.isClosed()) {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
        });
    }

    private static Set<Extension> readable(
            Connection connection, Caller caller, String topic, Set<Extension> wanted)
            throws SQLException {
        Map<String, Extension> trials = new LinkedHashMap<>();
        wanted.forEach(extension -> trials.put(UUID.randomUUID().toString(), extension));
        try {
            insert(connection, SETTINGS + PRIVILEGED, topic, trials);
            caller.enter(connection);
            return visible(connection, trials);
        } catch (SQLException e) {
            denied(e, topic, "read");
            return Set.of();
        }
    }

    private static boolean writable(
            Connection connection, Caller caller, String topic, Extension extension)
            throws SQLException {
        try {
            caller.enter(connection);
            insert(connection, SETTINGS, topic, Map.of(UUID.randomUUID().toString(), extension));
            return true;
        } catch (SQLException e) {
            if (!NO_PRIVILEGE.equals(e.getSQLState())) {
                denied(e, topic, "write");
            }
            return false;
        }
    }

    /// One message to the server for all of it: a herd that joins is bound by round trips.
    ///
    /// @param trials rows by their ids
    private static void insert(
            Connection connection, String settings, String topic, Map<String, Extension> trials)
            throws SQLException {
        String sql = settings + TRIAL.repeat(trials.size());
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int parameter = 1;
            statement.setString(parameter++, topic);
            for (Map.Entry<String, Extension> trial : trials.entrySet()) {
                statement.setString(parameter++, trial.getKey());
                statement.setString(parameter++, topic);
                statement.setString(parameter++, trial.getValue().word());
            }
            statement.execute();
        }
    }

    private static Set<Extension> visible(Connection connection, Map<String, Extension> trials)
            throws SQLException {
        Set<Extension> visible = EnumSet.noneOf(Extension.class);
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select id from realtime.messages where id = any (?::uuid[])")) {
            statement.setString(1, "{" + String.join(",", trials.keySet()) + "}");
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    visible.add(Objects.requireNonNull(trials.get(rows.getString(1))));
                }
            }
        }
        return visible;
    }

    /// A policy that fails denies; a database that is away has not answered.
    private static void denied(SQLException problem, String topic, String action)
            throws SQLException {
        if (isTemporary(problem)) {
            throw problem;
        }
        log.atWarn()
                .addKeyValue("code", "RlsPolicyError")
                .addKeyValue("topic", topic)
                .addKeyValue("action", action)
                .addKeyValue("sqlstate", problem.getSQLState())
                .addKeyValue("message", problem.getMessage())
                .log("a right was denied because finding it out failed");
    }

    private static boolean isTemporary(SQLException problem) {
        String state = String.valueOf(problem.getSQLState());
        return SqlFailures.isConnectionLost(problem)
                || state.startsWith("53")
                || state.startsWith("40")
                || state.equals("55P03")
                || state.equals("57014");
    }
}
