package dev.lockstep.app.doctor;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Examines a database and, when asked to, mends it. Reads the catalogue only; what it runs to mend
/// is the SQL that the findings show.
public final class Doctor {
    private final Connection connection;
    private final Query query;
    private final Expectations expected;

    Doctor(Connection connection, Expectations expected) {
        this.connection = connection;
        this.query = new Query(connection);
        this.expected = expected;
    }

    /// Everything that the database lacks, the server's own matters first.
    List<Finding> examine() throws SQLException {
        List<Finding> server = new ServerChecks(query, expected).run();
        List<Finding> database = new DatabaseChecks(query, expected).run();
        List<Finding> tables = new TableChecks(query, expected).run();
        return Stream.of(server, database, tables).flatMap(List::stream).toList();
    }

    boolean installed() throws SQLException {
        return new DatabaseChecks(query, expected).installed();
    }

    String serverVersion() throws SQLException {
        return query.setting("server_version");
    }

    /// What came of one finding's SQL.
    ///
    /// @param problem PostgreSQL's words; empty when all of it ran
    record Treatment(Finding finding, String problem) {}

    /// Runs what can be run. One finding's failure does not stop the others.
    List<Treatment> mend(List<Finding> findings) {
        List<Treatment> out = new ArrayList<>();
        for (Finding finding : findings) {
            if (finding.cure() != Finding.Cure.BY_HAND) {
                out.add(new Treatment(finding, run(finding.sql())));
            }
        }
        return out;
    }

    private String run(List<String> statements) {
        // ALTER SYSTEM runs only by itself, outside of a transaction.
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
            return "";
        } catch (SQLException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
