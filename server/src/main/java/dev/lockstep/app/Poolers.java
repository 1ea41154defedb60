package dev.lockstep.app;

import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.postgres.DatabaseConfig.Pooler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says so at the start when the data API's connections lead through a pooler of which the settings
/// know nothing: behind one that hands out transactions, statements would fail now and then, and
/// nobody would know why.
final class Poolers {
    private static final Logger log = LoggerFactory.getLogger(Poolers.class);

    private Poolers() {}

    static void warn(DatabaseConfig config, Database database) {
        if (config.pooler() != Pooler.NONE) {
            return;
        }
        try {
            if (database.isRelayed()) {
                log.atWarn()
                        .log(
                                "database.url leads through a pooler: if it hands out transactions,"
                                        + " set database.pooler = transaction, and replication.url"
                                        + " to PostgreSQL's own address");
            }
        } catch (FailureException e) {
            log.atDebug().setCause(e).log("whether there is a pooler could not be asked");
        }
    }
}
