package dev.lockstep.app.doctor;

import dev.lockstep.app.CommandFailure;
import dev.lockstep.app.DatabaseUrl;
import dev.lockstep.app.doctor.Finding.Severity;
import dev.lockstep.replication.ReplicationConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The doctor's word before a server opens its port.
public final class Checkup {
    private static final Logger log = LoggerFactory.getLogger(Checkup.class);

    private Checkup() {}

    /// Advice is logged; what is essential ends the start.
    ///
    /// @param retention how much WAL the feed's window may hold back, in bytes
    /// @throws CommandFailure with all that is missing and the SQL that mends it
    public static void refuseIfEssentialsAreMissing(
            DatabaseUrl database, ReplicationConfig replication, long retention) {
        List<Finding> findings = examine(database, Expectations.of(replication, retention));
        findings.stream()
                .filter(finding -> finding.severity() == Severity.ADVICE)
                .forEach(finding ->
                        log.atWarn()
                                .addKeyValue("finding", finding.what())
                                .log("the doctor has advice; see `lockstep doctor`"));
        List<Finding> essential =
                findings.stream()
                        .filter(finding -> finding.severity() == Severity.ESSENTIAL)
                        .toList();
        if (!essential.isEmpty()) {
            throw new CommandFailure(
                    "Lockstep cannot serve "
                            + database.place()
                            + " yet:\n\n"
                            + Prescription.of(essential)
                            + "`lockstep doctor --fix --url …` mends what can be mended.");
        }
    }

    private static List<Finding> examine(DatabaseUrl database, Expectations expected) {
        try (Connection connection = database.connect()) {
            return new Doctor(connection, expected).examine();
        } catch (SQLException e) {
            throw new CommandFailure(
                    "The database at " + database.place() + " cannot be asked: " + e.getMessage(),
                    e);
        }
    }
}
