package dev.lockstep.e2e;

import dev.lockstep.stress.DemoServer;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;

/// The demo's shop, and a hand in its database beside the server.
final class Shop implements AutoCloseable {
    private final DemoServer server;

    private Shop(DemoServer server) {
        this.server = server;
    }

    static Shop open() throws IOException, InterruptedException {
        return new Shop(DemoServer.start());
    }

    String url() {
        return server.url();
    }

    void kill() throws InterruptedException {
        server.kill();
    }

    void startAgain() throws IOException, InterruptedException {
        server.startAgain();
    }

    /// An order that sorts before all others, so that it is on the first screen.
    void order(String number, String customer) throws SQLException {
        update(
                """
                insert into orders (tenant_id, readable_id, customer_name, status, due_at)
                values ('00000000-0000-4000-8000-000000000001', ?, ?, 'pending', now() - interval '1 year')\
                """,
                number,
                customer);
    }

    /// An order of the restaurant, as early.
    void table(String number, String guest, String station, String status) throws SQLException {
        update(
                """
                insert into orders (tenant_id, readable_id, source, customer_name, station_id, status, due_at)
                values ('00000000-0000-4000-8000-000000000002', ?, 'pos', ?, ?, ?, now() - interval '1 year')\
                """,
                number,
                guest,
                station,
                status);
    }

    void update(String sql, String... parameters) throws SQLException {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }

    private Connection connect() throws SQLException {
        URI at = URI.create(server.adminDatabaseUrl());
        String[] who = at.getUserInfo().split(":", 2);
        Properties login = new Properties();
        login.setProperty("user", who[0]);
        login.setProperty("password", who[1]);
        return DriverManager.getConnection(
                "jdbc:postgresql://%s:%d%s".formatted(at.getHost(), at.getPort(), at.getPath()),
                login);
    }

    @Override
    public void close() {
        server.close();
    }
}
