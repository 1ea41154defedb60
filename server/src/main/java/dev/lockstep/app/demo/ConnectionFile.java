package dev.lockstep.app.demo;

import dev.lockstep.app.CommandFailure;
import dev.lockstep.app.PrivateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// `connection.json`: how programs reach a running demo. It is there while the demo accepts
/// connections, and not before.
///
/// @param url of the server, without a slash at its end
/// @param adminDatabaseUrl of the database's superuser, password included
/// @param databaseUrl of the role that serves requests, password included
/// @param caCertificate what a client must trust, in `--lan` only
public record ConnectionFile(
        String url,
        String adminDatabaseUrl,
        String databaseUrl,
        String anonKey,
        String serviceRoleKey,
        String jwtSecret,
        Optional<Path> caCertificate) {
    static final String NAME = "connection.json";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    void write(Path folder) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("url", url);
        fields.put("adminDatabaseUrl", adminDatabaseUrl);
        fields.put("databaseUrl", databaseUrl);
        fields.put("anonKey", anonKey);
        fields.put("serviceRoleKey", serviceRoleKey);
        fields.put("jwtSecret", jwtSecret);
        fields.put("accounts", List.of());
        fields.put("pid", ProcessHandle.current().pid());
        caCertificate.ifPresent(path -> fields.put("caCertificate", path.toString()));
        PrivateFile.write(folder.resolve(NAME), JSON.writeValueAsString(fields) + "\n");
    }

    static void remove(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(NAME));
    }

    /// Nothing where no demo accepts connections in that folder.
    ///
    /// @throws CommandFailure when there is a file that cannot be read
    public static Optional<ConnectionFile> read(Path folder) {
        Path file = folder.resolve(NAME);
        try {
            JsonNode node = JSON.readTree(Files.readString(file));
            return Optional.of(
                    new ConnectionFile(
                            text(node, "url"),
                            text(node, "adminDatabaseUrl"),
                            text(node, "databaseUrl"),
                            text(node, "anonKey"),
                            text(node, "serviceRoleKey"),
                            text(node, "jwtSecret"),
                            Optional.of(text(node, "caCertificate"))
                                    .filter(path -> !path.isEmpty())
                                    .map(Path::of)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException | JacksonException e) {
            throw new CommandFailure(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }
}
