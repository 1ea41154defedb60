package dev.lockstep.app.doctor;

import static dev.lockstep.app.doctor.Finding.advice;
import static dev.lockstep.app.doctor.Finding.essential;

import dev.lockstep.app.doctor.Finding.Cure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// What one database must hold: roles and their rights, publications, the event trigger, and our
/// slot.
final class DatabaseChecks {
    private final Query query;
    private final Expectations expected;

    DatabaseChecks(Query query, Expectations expected) {
        this.query = query;
        this.expected = expected;
    }

    List<Finding> run() throws SQLException {
        List<Finding> out = new ArrayList<>();
        if (!installed()) {
            out.add(
                    essential(
                            "Lockstep's schemas and roles are not installed here",
                            "`lockstep doctor --fix` installs them, given a superuser's address;"
                                    + " so does `lockstep serve` with database.admin-url.",
                            Cure.BY_HAND));
        } else {
            out.addAll(roles());
            out.addAll(eventTrigger());
        }
        out.addAll(publications());
        out.addAll(slot());
        return out;
    }

    boolean installed() throws SQLException {
        return query.truth("select to_regclass('lockstep.settings') is not null");
    }

    private List<Finding> roles() throws SQLException {
        List<Finding> out = new ArrayList<>();
        for (String role : List.of("anon", "authenticated", "service_role")) {
            if (!exists(role)) {
                out.add(
                        essential(
                                "role " + role + " is missing",
                                "Tokens name it.",
                                Cure.AT_ONCE,
                                "CREATE ROLE %s NOLOGIN NOINHERIT%s;"
                                        .formatted(
                                                role,
                                                role.equals("service_role") ? " BYPASSRLS" : ""),
                                "GRANT %s TO %s;".formatted(role, expected.login())));
            } else if (exists(expected.login()) && !maySet(role)) {
                out.add(
                        essential(
                                "role %s may not become %s".formatted(expected.login(), role),
                                "Requests of that role run under it.",
                                Cure.AT_ONCE,
                                "GRANT %s TO %s;".formatted(role, expected.login())));
            }
        }
        out.addAll(logins());
        return out;
    }

    private List<Finding> logins() throws SQLException {
        List<Finding> out = new ArrayList<>();
        out.addAll(login(expected.login(), "serves requests"));
        out.addAll(login(expected.replicator(), "reads the log"));
        if (exists(expected.replicator())) {
            out.addAll(
                    attribute(
                            expected.replicator(),
                            "rolreplication",
                            "REPLICATION",
                            "It reads the log."));
            out.addAll(
                    attribute(
                            expected.replicator(),
                            "rolbypassrls",
                            "BYPASSRLS",
                            "It reads the rows that a feed begins with, for policies to be"
                                    + " applied to."));
        }
        if (query.truth("select rolreplication from pg_roles where rolname = ?", expected.login())
                && !query.truth(
                        "select rolsuper from pg_roles where rolname = ?", expected.login())) {
            out.add(
                    advice(
                            "role %s has REPLICATION".formatted(expected.login()),
                            "It serves strangers' requests and never needs to read the log.",
                            Cure.AT_ONCE,
                            "ALTER ROLE %s NOREPLICATION;".formatted(expected.login())));
        }
        return out;
    }

    private List<Finding> login(String role, String purpose) throws SQLException {
        if (!exists(role)) {
            return List.of(
                    essential(
                            "role " + role + " is missing",
                            "It " + purpose + ".",
                            Cure.BY_HAND,
                            creation(role)));
        }
        if (!query.truth("select rolcanlogin from pg_roles where rolname = ?", role)) {
            return List.of(
                    essential(
                            "role " + role + " may not log in",
                            "It " + purpose + ".",
                            Cure.AT_ONCE,
                            "ALTER ROLE %s LOGIN;".formatted(role)));
        }
        return List.of();
    }

    private String[] creation(String role) {
        return role.equals(expected.login())
                ? new String[] {
                    "CREATE ROLE %s LOGIN NOINHERIT PASSWORD '…';".formatted(role),
                    "GRANT anon, authenticated, service_role TO %s;".formatted(role)
                }
                : new String[] {
                    "CREATE ROLE %s LOGIN REPLICATION BYPASSRLS PASSWORD '…';".formatted(role),
                    "GRANT pg_read_all_data TO %s;".formatted(role)
                };
    }

    private List<Finding> attribute(String role, String column, String word, String why)
            throws SQLException {
        if (query.truth(
                "select rolsuper or " + column + " from pg_roles where rolname = ?", role)) {
            return List.of();
        }
        return List.of(
                essential(
                        "role %s lacks %s".formatted(role, word),
                        why,
                        Cure.AT_ONCE,
                        "ALTER ROLE %s %s;".formatted(role, word)));
    }

    private List<Finding> publications() throws SQLException {
        List<Finding> out = new ArrayList<>();
        for (String name : List.of(expected.publication(), expected.internal())) {
            if (!query.truth(
                    "select exists (select from pg_publication where pubname = ?)", name)) {
                out.add(
                        essential(
                                "publication " + name + " is missing",
                                name.equals(expected.publication())
                                        ? "It lists the tables whose changes clients may ask for."
                                        : "It lists the tables that Lockstep itself follows.",
                                Cure.AT_ONCE,
                                "CREATE PUBLICATION %s;".formatted(name)));
            }
        }
        return out;
    }

    private List<Finding> eventTrigger() throws SQLException {
        List<String> working =
                query.all(
                        "select evtname::text from pg_event_trigger where evtenabled <> 'D'",
                        row -> row.getString(1));
        List<String> sql = new ArrayList<>();
        if (!working.contains("lockstep_ddl")) {
            sql.add("DROP EVENT TRIGGER IF EXISTS lockstep_ddl;");
            sql.add(
                    "CREATE EVENT TRIGGER lockstep_ddl ON ddl_command_end"
                            + " EXECUTE FUNCTION lockstep.log_ddl();");
        }
        if (!working.contains("lockstep_drop")) {
            sql.add("DROP EVENT TRIGGER IF EXISTS lockstep_drop;");
            sql.add(
                    "CREATE EVENT TRIGGER lockstep_drop ON sql_drop"
                            + " EXECUTE FUNCTION lockstep.log_ddl();");
        }
        if (sql.isEmpty()) {
            return List.of();
        }
        return List.of(
                advice(
                        "an event trigger that marks DDL in the log is missing or disabled",
                        "Changed tables are then noticed by asking every second instead of in"
                                + " their place in the order. Only a superuser can make one.",
                        Cure.AT_ONCE,
                        sql));
    }

    private record Slot(
            String plugin,
            String database,
            boolean ours,
            boolean active,
            String status,
            long lag) {}

    private List<Finding> slot() throws SQLException {
        var found =
                query.first(
                        """
                        select coalesce(plugin, ''), coalesce(database, ''),
                               database is not distinct from current_database(), active,
                               coalesce(wal_status, ''),
                               coalesce(pg_wal_lsn_diff(
                                   case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                                        else pg_current_wal_lsn() end, restart_lsn), 0)::bigint
                        from pg_replication_slots where slot_name = ?\
                        """,
                        row ->
                                new Slot(
                                        row.getString(1),
                                        row.getString(2),
                                        row.getBoolean(3),
                                        row.getBoolean(4),
                                        row.getString(5),
                                        row.getLong(6)),
                        expected.slot());
        // A missing slot is made by the server at its start.
        return found.isEmpty() ? List.of() : slot(found.get());
    }

    private List<Finding> slot(Slot slot) {
        String name = expected.slot();
        String drop = "SELECT pg_drop_replication_slot('%s');".formatted(name);
        if (!slot.ours || !slot.plugin.equals("pgoutput")) {
            return List.of(
                    essential(
                            "slot %s belongs to database \"%s\", plugin \"%s\""
                                    .formatted(name, slot.database, slot.plugin),
                            "Slot names are shared by all databases of a server: give this one"
                                    + " another with replication.slot.",
                            Cure.BY_HAND));
        }
        if (slot.status.equals("lost")) {
            return List.of(
                    advice(
                            "slot %s is lost: the log that it needs is gone".formatted(name),
                            "The server makes a new one at its start, and clients load afresh.",
                            Cure.AT_ONCE,
                            drop));
        }
        if (slot.status.equals("unreserved") || !slot.active && slot.lag > expected.retention()) {
            return List.of(
                    advice(
                            "slot %s holds back %d MB of log%s"
                                    .formatted(
                                            name,
                                            slot.lag >> 20,
                                            slot.active ? "" : ", and nobody reads it"),
                            "Start the server that it belongs to, or drop the slot if there is"
                                    + " none any more: "
                                    + drop,
                            Cure.BY_HAND));
        }
        return List.of();
    }

    private boolean exists(String role) throws SQLException {
        return query.truth("select exists (select from pg_roles where rolname = ?)", role);
    }

    private boolean maySet(String role) throws SQLException {
        return query.truth(
                "select pg_has_role(?::name, ?::name, 'MEMBER')", expected.login(), role);
    }
}
