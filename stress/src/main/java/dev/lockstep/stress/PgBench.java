package dev.lockstep.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// PostgreSQL's own load generator on this machine's database: each transaction says who asks and
/// runs one statement, sent together as the data API sends them.
final class PgBench {
    private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    private final Path program;
    private final Database database;

    private PgBench(Path program, Database database) {
        this.program = program;
        this.database = database;
    }

    /// On the PATH, or where Debian keeps it.
    static Optional<PgBench> find(Database database) {
        Stream<Path> onPath =
                Stream.of(System.getenv("PATH").split(":")).map(one -> Path.of(one, "pgbench"));
        try (Stream<Path> versions =
                Files.isDirectory(DEBIAN) ? Files.list(DEBIAN) : Stream.empty()) {
            return Stream.concat(onPath, versions.map(one -> one.resolve("bin/pgbench")))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .map(found -> new PgBench(found, database));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// Transactions a second, without the time that connecting takes.
    ///
    /// @throws IOException when pgbench fails, with what it said
    double perSecond(RestCase what, String role, String claims, int clients, Duration time)
            throws IOException, InterruptedException {
        Path script = Files.createTempFile("lockstep-pgbench-", ".sql");
        try {
            Files.writeString(script, script(what, role, claims));
            ProcessBuilder builder =
                    new ProcessBuilder(
                                    program.toString(),
                                    "-n",
                                    "-M",
                                    "prepared",
                                    "-D",
                                    "version=0",
                                    "-f",
                                    script.toString(),
                                    "-c",
                                    Integer.toString(clients),
                                    "-j",
                                    "2",
                                    "-T",
                                    Long.toString(Math.max(1, time.toSeconds())),
                                    "-h",
                                    database.host(),
                                    "-p",
                                    Integer.toString(database.port()),
                                    "-U",
                                    database.user(),
                                    database.name())
                            .redirectErrorStream(true);
            builder.environment().put("PGPASSWORD", database.password());
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes());
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
            Matcher rate = RATE.matcher(said);
            if (!rate.find()) {
                throw new IOException("pgbench failed: " + said);
            }
            return Double.parseDouble(rate.group(1));
        } finally {
            Files.delete(script);
        }
    }

    private static String script(RestCase what, String role, String claims) {
        String id =
                what == RestCase.UPDATE
                        ? "\\set id :client_id + 1"
                        : "\\set id random(1, " + (RestRate.ROWS - 1) + ")";
        return String.join(
                "\n",
                List.of(
                        id,
                        "\\set version :version + 1",
                        "\\startpipeline",
                        "begin;",
                        "select set_config('role', '"
                                + role
                                + "', true), set_config('request.jwt.claims', '"
                                + claims
                                + "', true), set_config('search_path', 'public, extensions', true),"
                                + " set_config('request.method', 'GET', true),"
                                + " set_config('request.path', '/bench', true),"
                                + " set_config('request.headers', '{}', true);",
                        what.sql() + ";",
                        "commit;",
                        "\\endpipeline",
                        ""));
    }
}
