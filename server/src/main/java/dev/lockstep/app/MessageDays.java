package dev.lockstep.app;

import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.SqlWork;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The days of `realtime.messages`: the coming ones have a partition before a message needs it, and
/// those that are older than the retention go.
final class MessageDays {
    private static final Logger log = LoggerFactory.getLogger(MessageDays.class);

    private final Database control;
    private final Duration retention;

    MessageDays(Database control, Duration retention) {
        this.control = control;
        this.retention = retention;
    }

    /// Waits for the database; what fails is tried again the next time.
    void keep() {
        attempt(
                "message partitions were not made; tried again in an hour",
                connection -> {
                    try (Statement statement = connection.createStatement()) {
                        return statement.execute("select lockstep.make_message_partitions()");
                    }
                });
        attempt(
                "old message partitions were not dropped; tried again in an hour",
                connection -> {
                    // Behind a long transaction this would make every message wait with it.
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("set local lock_timeout = '2s'");
                    }
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "select lockstep.drop_message_partitions(?::interval)")) {
                        statement.setString(1, retention.toSeconds() + " seconds");
                        return statement.execute();
                    }
                });
    }

    private void attempt(String words, SqlWork<Boolean> work) {
        try {
            control.transaction(work);
        } catch (FailureException e) {
            log.atWarn().setCause(e).log(words);
        }
    }
}
