package dev.lockstep.policy;

import java.sql.Connection;
import java.sql.SQLException;

/// How one caller's [RowRights] to one table are found, by the catalogue of one moment.
public interface RowPlan {
    /// Whether the rights stand in rows of other tables, themselves or by what PostgreSQL will be
    /// asked, so that they belong to the snapshot in which they were read. Where not, [#read] does
    /// not use its connection.
    boolean reads();

    /// @param connection in a transaction that has become the caller
    ///   ([dev.lockstep.postgres.Caller#enter])
    /// @throws dev.lockstep.error.FailureException in PostgreSQL's words where a policy fails for
    ///   this caller
    RowRights read(Connection connection) throws SQLException;
}
