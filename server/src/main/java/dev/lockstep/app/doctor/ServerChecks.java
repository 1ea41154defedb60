package dev.lockstep.app.doctor;

import static dev.lockstep.app.doctor.Finding.advice;
import static dev.lockstep.app.doctor.Finding.essential;

import dev.lockstep.app.doctor.Finding.Cure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What the PostgreSQL server as a whole must offer: version, log level, free slots and senders,
/// and settings that would make a log reader harmful.
final class ServerChecks {
    private static final int OLDEST = 15;
    private static final String RELOAD = "SELECT pg_reload_conf();";

    private final Query query;
    private final Expectations expected;

    ServerChecks(Query query, Expectations expected) {
        this.query = query;
        this.expected = expected;
    }

    List<Finding> run() throws SQLException {
        List<Finding> out = new ArrayList<>();
        out.addAll(version());
        out.addAll(walLevel());
        out.addAll(room("max_replication_slots", "pg_replication_slots", "replication slot"));
        out.addAll(room("max_wal_senders", "pg_stat_replication", "WAL sender"));
        out.addAll(keepSize());
        out.addAll(synchronous());
        out.addAll(idleTimeout());
        out.addAll(commitDelay());
        return out;
    }

    private List<Finding> version() throws SQLException {
        List<Finding> out = new ArrayList<>();
        if (query.number("select current_setting('server_version_num')::int") < OLDEST * 10_000) {
            out.add(
                    essential(
                            "PostgreSQL is " + query.setting("server_version"),
                            "Lockstep needs PostgreSQL 15 or newer: older ones cannot publish the"
                                    + " columns and rows that it asks for.",
                            Cure.BY_HAND));
        }
        if (query.truth("select pg_is_in_recovery()")) {
            out.add(
                    essential(
                            "This server is a standby",
                            "Writes, and the slot that survives a failover, are the primary's:"
                                    + " connect to that.",
                            Cure.BY_HAND));
        }
        return out;
    }

    private List<Finding> walLevel() throws SQLException {
        String level = query.setting("wal_level");
        if (level.equals("logical")) {
            return List.of();
        }
        String already = query.waits("wal_level") ? ", and a new value waits for a restart" : "";
        return List.of(
                essential(
                        "wal_level is \"" + level + "\"" + already,
                        "Row changes can be read only from a log that was written for it.",
                        Cure.RESTART,
                        "ALTER SYSTEM SET wal_level = 'logical';"));
    }

    private List<Finding> room(String setting, String view, String thing) throws SQLException {
        long max = query.amount(setting).orElse(0L);
        long used = query.number("select count(*) from " + view);
        boolean ours =
                view.equals("pg_replication_slots")
                        ? query.truth(
                                "select exists (select from pg_replication_slots where slot_name ="
                                        + " ?)",
                                expected.slot())
                        : query.truth(
                                "select exists (select from pg_stat_replication where"
                                        + " application_name = ?)",
                                expected.applicationName());
        if (ours || used < max) {
            return List.of();
        }
        return List.of(
                essential(
                        "all %d of %s are in use".formatted(max, setting),
                        "Lockstep needs one %s for itself.".formatted(thing),
                        Cure.RESTART,
                        "ALTER SYSTEM SET %s = %d;".formatted(setting, max + 10)));
    }

    private List<Finding> keepSize() throws SQLException {
        long megabytes = query.amount("max_slot_wal_keep_size").orElse(-1L);
        long wanted = Math.max(4096, expected.retention() * 4 >> 20);
        String sql = "ALTER SYSTEM SET max_slot_wal_keep_size = '%dMB';".formatted(wanted);
        if (megabytes < 0) {
            return List.of(
                    advice(
                            "max_slot_wal_keep_size is unlimited",
                            "While Lockstep is stopped its slot holds back the log, in the end"
                                    + " until the disk is full. With a limit it loses its place"
                                    + " instead, and clients load afresh.",
                            Cure.AT_ONCE,
                            sql,
                            RELOAD));
        }
        if (megabytes << 20 < expected.retention()) {
            return List.of(
                    advice(
                            "max_slot_wal_keep_size is %d MB, less than the feed's window of %d MB"
                                    .formatted(megabytes, expected.retention() >> 20),
                            "PostgreSQL may drop the slot while everything works as it should.",
                            Cure.AT_ONCE,
                            sql,
                            RELOAD));
        }
        return List.of();
    }

    private List<Finding> synchronous() throws SQLException {
        String names = query.setting("synchronous_standby_names");
        if (!matches(names, expected.applicationName())) {
            return List.of();
        }
        return List.of(
                essential(
                        "synchronous_standby_names is \"%s\", which matches our \"%s\""
                                .formatted(names, expected.applicationName()),
                        "Every commit would wait until the feed's window has passed it, minutes"
                                + " later. Name the standbys that you mean.",
                        Cure.BY_HAND));
    }

    /// Whether a value of `synchronous_standby_names` (`a, b`, `2 (a, b)`, `FIRST 1 (a)`, `ANY 1
    /// (*)`) counts a connection of that application name as a standby.
    static boolean matches(String names, String applicationName) {
        String list = names.strip();
        int open = list.indexOf('(');
        if (open >= 0 && list.endsWith(")")) {
            list = list.substring(open + 1, list.length() - 1);
        }
        return Arrays.stream(list.split(","))
                .map(name -> name.strip().replace("\"", ""))
                .anyMatch(name -> name.equals("*") || name.equalsIgnoreCase(applicationName));
    }

    private List<Finding> idleTimeout() throws SQLException {
        long seconds = query.amount("idle_replication_slot_timeout").orElse(0L);
        if (seconds == 0) {
            return List.of();
        }
        return List.of(
                advice(
                        "idle_replication_slot_timeout is "
                                + query.setting("idle_replication_slot_timeout"),
                        "If Lockstep is away for longer, PostgreSQL drops its slot, and every"
                                + " client loads afresh.",
                        Cure.AT_ONCE,
                        "ALTER SYSTEM SET idle_replication_slot_timeout = 0;",
                        RELOAD));
    }

    private List<Finding> commitDelay() throws SQLException {
        Stream.Builder<Finding> out = Stream.builder();
        String commit = query.setting("synchronous_commit");
        if (commit.equals("off")) {
            out.add(
                    advice(
                            "synchronous_commit is off",
                            "Only flushed log is sent: changes arrive 100 to 400 ms late.",
                            Cure.AT_ONCE,
                            "ALTER SYSTEM SET synchronous_commit = on;",
                            RELOAD));
        }
        for (String name : List.of("fsync", "full_page_writes")) {
            if (query.setting(name).toLowerCase(Locale.ROOT).equals("off")) {
                out.add(
                        advice(
                                name + " is off",
                                "A crash of the machine can lose or break committed data, which"
                                        + " clients have already seen.",
                                Cure.AT_ONCE,
                                "ALTER SYSTEM SET %s = on;".formatted(name),
                                RELOAD));
            }
        }
        return out.build().toList();
    }
}
