package dev.lockstep.postgres.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The files of one server in its home folder: `data`, `password`, `port`, `postgres.log`.
record Cluster(Path home, Account account, Binaries binaries) {
    private static final String OUR_SETTINGS = "lockstep.conf";
    private static final int MAX_CONNECTIONS = 200;

    Path data() {
        return home.resolve("data");
    }

    ServerLog log() {
        return new ServerLog(home.resolve("postgres.log"));
    }

    /// What `pg_ctl` said last.
    Path control() {
        return home.resolve("pg_ctl.out");
    }

    /// The superuser's password: made with the cluster, readable by the owner of the folder alone.
    String password() throws IOException {
        return Files.readString(home.resolve("password")).strip();
    }

    /// Creates the cluster unless there is one. It is made beside its place and renamed, so that a
    /// crash in the middle leaves nothing that looks finished.
    void initialise(EmbeddedPostgres.Durability durability)
            throws IOException, InterruptedException {
        if (Files.exists(data().resolve("PG_VERSION"))) {
            refuseOtherVersion();
            return;
        }
        Path beside = home.resolve("data.new");
        Folders.delete(beside);
        Files.createDirectory(
                beside,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        account.give(beside);
        String password = newPassword();
        Path forInitdb = home.resolve("password.new");
        writeSecret(forInitdb, password);
        account.give(forInitdb);
        List<String> words =
                new java.util.ArrayList<>(
                        List.of(
                                binaries.program("initdb"),
                                "--pgdata=" + beside,
                                "--username=postgres",
                                "--pwfile=" + forInitdb,
                                "--auth-host=scram-sha-256",
                                "--auth-local=scram-sha-256",
                                "--encoding=UTF8",
                                "--locale=C",
                                "--locale-provider=builtin",
                                "--builtin-locale=C.UTF-8"));
        if (durability == EmbeddedPostgres.Durability.DISPOSABLE) {
            words.add("--no-sync");
        }
        Programs.run(account, home, words);
        Files.delete(forInitdb);
        Path settings = beside.resolve("postgresql.conf");
        Files.writeString(
                settings,
                "\n# What Lockstep needs; ALTER SYSTEM and lines below this one win.\n"
                        + "include_if_exists = '"
                        + OUR_SETTINGS
                        + "'\n",
                java.nio.file.StandardOpenOption.APPEND);
        writeSecret(home.resolve("password"), password);
        Files.move(beside, data(), StandardCopyOption.ATOMIC_MOVE);
    }

    /// The settings file as it should be, for comparison and for [#configure].
    String settings(int port, EmbeddedPostgres.Options options) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("port", Integer.toString(port));
        settings.put("listen_addresses", "127.0.0.1");
        settings.put("unix_socket_directories", "");
        settings.put("password_encryption", "scram-sha-256");
        settings.put("max_connections", Integer.toString(MAX_CONNECTIONS));
        settings.put("shared_buffers", "256MB");
        settings.put("timezone", "UTC");
        settings.put("log_timezone", "UTC");
        settings.put("wal_level", "logical");
        settings.put("max_wal_senders", "20");
        settings.put("max_replication_slots", "20");
        settings.put("max_slot_wal_keep_size", "4GB");
        settings.put("idle_replication_slot_timeout", "0");
        if (options.durability() == EmbeddedPostgres.Durability.DISPOSABLE) {
            // synchronous_commit stays on: only flushed WAL is sent to a walsender at once.
            settings.put("fsync", "off");
            settings.put("full_page_writes", "off");
            settings.put("shared_buffers", "64MB");
            settings.put("io_method", "sync");
        }
        settings.putAll(options.settings());
        StringBuilder text = new StringBuilder("# Written at every start; do not edit.\n");
        settings.forEach((key, value) ->
                text.append(key).append(" = '").append(value.replace("'", "''")).append("'\n"));
        return text.toString();
    }

    /// Writes the settings and remembers the port for next time.
    void configure(int port, EmbeddedPostgres.Options options) throws IOException {
        Path file = data().resolve(OUR_SETTINGS);
        Files.writeString(file, settings(port, options));
        account.give(file);
        Files.writeString(home.resolve("port"), Integer.toString(port));
        if (!Files.exists(log().file())) {
            Files.createFile(
                    log().file(),
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
        account.give(log().file());
    }

    boolean isConfigured(int port, EmbeddedPostgres.Options options) throws IOException {
        Path file = data().resolve(OUR_SETTINGS);
        return Files.exists(file) && Files.readString(file).equals(settings(port, options));
    }

    /// The port of last time, or 0.
    int rememberedPort() throws IOException {
        Path file = home.resolve("port");
        if (!Files.exists(file)) {
            return 0;
        }
        try {
            return Integer.parseInt(Files.readString(file).strip());
        } catch (NumberFormatException _) {
            return 0; // cut off in a crash: any port will do
        }
    }

    private void refuseOtherVersion() throws IOException {
        String found = Files.readString(data().resolve("PG_VERSION")).strip();
        String ours = EmbeddedPostgres.VERSION.substring(0, EmbeddedPostgres.VERSION.indexOf('.'));
        if (!found.equals(ours)) {
            throw new EmbeddedPostgresException(
                    "The data folder "
                            + data()
                            + " belongs to PostgreSQL "
                            + found
                            + ", this build brings "
                            + ours
                            + ": export it with the build that made it, or start afresh with"
                            + " --reset.");
        }
    }

    private static void writeSecret(Path file, String secret) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, (secret + "\n").getBytes(UTF_8));
    }

    private static String newPassword() {
        byte[] bytes = new byte[18];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
