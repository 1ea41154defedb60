package dev.lockstep.stress;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/// The server's database as its owner, outside the server.
final class Database {
    private final String jdbcUrl;
    private final Properties login = new Properties();
    private final String url;

    /// @param url as in `connection.json`
    Database(String url) {
        this.url = url;
        URI at = URI.create(url);
        jdbcUrl = "jdbc:postgresql://%s:%d%s".formatted(at.getHost(), at.getPort(), at.getPath());
        String[] who = at.getUserInfo().split(":", 2);
        login.setProperty("user", who[0]);
        login.setProperty("password", who.length > 1 ? who[1] : "");
        login.setProperty("ApplicationName", "lockstep-bench");
    }

    String url() {
        return url;
    }

    String host() {
        return URI.create(url).getHost();
    }

    int port() {
        return URI.create(url).getPort();
    }

    String name() {
        return URI.create(url).getPath().substring(1);
    }

    String user() {
        return login.getProperty("user");
    }

    String password() {
        return login.getProperty("password");
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl, login);
    }

    void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /// The first column of all rows.
    List<String> strings(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    /// Makes a table that anybody may read, published for changes or not.
    void table(String name, String columns, boolean published) throws SQLException {
        execute(
                "drop table if exists " + name,
                "create table %s (%s)".formatted(name, columns),
                "grant select on %s to anon, authenticated, service_role".formatted(name));
        if (published) {
            execute("alter publication supabase_realtime add table " + name);
        }
    }
}
