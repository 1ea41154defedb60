package dev.lockstep.postgres;

import java.sql.Connection;
import java.sql.SQLException;

/// What is done with a connection. It is the pool's: do not close it, keep it, or change its
/// session with a plain `SET`.
@FunctionalInterface
public interface SqlWork<T> {
    T run(Connection connection) throws SQLException;
}
