package dev.lockstep.app;

import dev.lockstep.config.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;

/// An address of a database as people write it, `postgresql://user:password@host:5432/name`, and as
/// the driver wants it.
///
/// @param place host, port and database, without who and how: fit to be printed
public record DatabaseUrl(String jdbc, String user, Secret password, String place) {
    private static final int PORT = 5432;

    /// Reads `postgresql://`, `postgres://` and `jdbc:postgresql://`.
    ///
    /// @throws CommandFailure when it is none of them
    public static DatabaseUrl parse(String text) {
        String plain = text.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text;
        try {
            URI uri = new URI(plain);
            boolean ours =
                    "postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme());
            if (!ours || uri.getHost() == null) {
                throw unreadable();
            }
            String[] who =
                    Optional.ofNullable(uri.getRawUserInfo()).orElse("postgres").split(":", 2);
            String path = Optional.ofNullable(uri.getRawPath()).orElse("");
            String database = path.length() > 1 ? path.substring(1) : "postgres";
            String place =
                    uri.getHost()
                            + ":"
                            + (uri.getPort() < 0 ? PORT : uri.getPort())
                            + "/"
                            + database;
            Properties query = query(uri.getRawQuery());
            String user = query.getProperty("user", decode(who[0]));
            String password = query.getProperty("password", who.length > 1 ? decode(who[1]) : "");
            return new DatabaseUrl(
                    "jdbc:postgresql://" + place + rest(query), user, new Secret(password), place);
        } catch (URISyntaxException e) {
            throw unreadable();
        }
    }

    /// The form that psql and other programs read, password included.
    public String withPassword() {
        return "postgresql://%s:%s@%s".formatted(encode(user), encode(password.reveal()), place);
    }

    /// A connection of its own, in autocommit, for the caller to close.
    public Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password.reveal());
        properties.setProperty("ApplicationName", "lockstep-cli");
        properties.setProperty("connectTimeout", "10");
        return DriverManager.getConnection(jdbc, properties);
    }

    private static CommandFailure unreadable() {
        // The text may hold a password, so it is not repeated.
        return new CommandFailure(
                "That is no address of a PostgreSQL database: write it like"
                        + " postgresql://user:password@host:5432/name, with special characters"
                        + " of the password percent-encoded.");
    }

    private static Properties query(@org.jspecify.annotations.Nullable String raw) {
        Properties properties = new Properties();
        if (raw != null) {
            for (String pair : raw.split("&", -1)) {
                String[] parts = pair.split("=", 2);
                properties.setProperty(decode(parts[0]), parts.length > 1 ? decode(parts[1]) : "");
            }
        }
        return properties;
    }

    private static String rest(Properties query) {
        StringBuilder out = new StringBuilder();
        query.stringPropertyNames().stream()
                .filter(name -> !name.equals("user") && !name.equals("password"))
                .sorted()
                .forEach(name ->
                        out.append(out.isEmpty() ? '?' : '&')
                                .append(encode(name))
                                .append('=')
                                .append(encode(query.getProperty(name))));
        return out.toString();
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
