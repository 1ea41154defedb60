package dev.lockstep.postgres;

import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import java.time.Duration;

/// Which database, as whom, and within which bounds.
///
/// @param url `jdbc:postgresql://host:port/database`
/// @param poolSize connections, and so the number of statements that run at a time
/// @param acquireTimeout how long a call waits for its turn before it is told to come back
/// @param statementTimeout after which PostgreSQL cancels a statement
/// @param pooler what stands between us and PostgreSQL there
public record DatabaseConfig(
        String url,
        String user,
        Secret password,
        int poolSize,
        Duration acquireTimeout,
        Duration statementTimeout,
        Pooler pooler) {
    private static final int POOL_SIZE = 16;
    private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

    /// Whether a session is ours from the first statement to the last.
    public enum Pooler {
        /// It is: nothing stands in between, or a pooler that hands out whole sessions.
        NONE,
        /// Each transaction may meet another session, as behind pgbouncer's `pool_mode =
        /// transaction`.
        TRANSACTION
    }

    /// With nothing in between.
    public DatabaseConfig(
            String url,
            String user,
            Secret password,
            int poolSize,
            Duration acquireTimeout,
            Duration statementTimeout) {
        this(url, user, password, poolSize, acquireTimeout, statementTimeout, Pooler.NONE);
    }

    /// With the default bounds.
    public DatabaseConfig(String url, String user, Secret password) {
        this(url, user, password, POOL_SIZE, ACQUIRE_TIMEOUT, STATEMENT_TIMEOUT);
    }

    public static DatabaseConfig of(Settings settings) {
        return new DatabaseConfig(
                settings.text("database.url", "jdbc:postgresql://127.0.0.1:5432/postgres"),
                settings.text("database.user", Roles.POOL),
                settings.secret("database.password").orElse(new Secret("")),
                settings.number("database.pool-size", POOL_SIZE, 1, 1000),
                settings.duration("database.acquire-timeout", ACQUIRE_TIMEOUT),
                settings.duration("database.statement-timeout", STATEMENT_TIMEOUT),
                pooler(settings));
    }

    private static Pooler pooler(Settings settings) {
        Pooler pooler = settings.choice("database.pooler", Pooler.NONE);
        if (pooler == Pooler.TRANSACTION && settings.text("replication.url").isEmpty()) {
            settings.problem(
                    "database.pooler",
                    "is \"transaction\" without replication.url: the log cannot be read through a"
                            + " pooler, so name there PostgreSQL's own address");
        }
        return pooler;
    }

    public DatabaseConfig withPoolSize(int connections) {
        return new DatabaseConfig(
                url, user, password, connections, acquireTimeout, statementTimeout, pooler);
    }

    /// The same account and bounds at an address with nothing in between.
    public DatabaseConfig directly(String address) {
        return new DatabaseConfig(
                address, user, password, poolSize, acquireTimeout, statementTimeout);
    }

    /// The same place and bounds for another account.
    public DatabaseConfig as(String otherUser, Secret otherPassword) {
        return new DatabaseConfig(
                url, otherUser, otherPassword, poolSize, acquireTimeout, statementTimeout, pooler);
    }
}
