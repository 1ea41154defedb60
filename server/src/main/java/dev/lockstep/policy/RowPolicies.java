package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.Database;
import dev.lockstep.postgres.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// PostgreSQL's row policies, as the catalogue has them. Any thread.
///
/// A table's policies are taken apart once for each role ([Program]); for a caller, PostgreSQL
/// itself evaluates what they compare columns with, in one query, and what comes out is a filter.
/// Where only the caller's claims decide, the rights of equal callers are kept, under a bound;
/// where rows of other tables do, they are read each time.
public final class RowPolicies {
    private static final int MOST_PROGRAMS = 1_000;
    private static final int MOST_RIGHTS = 20_000;

    /// Where something cannot be watched.
    private static final Duration READ_AGAIN = Duration.ofSeconds(30);

    /// Where that is a matter of transactions that are still under way.
    private static final Duration READ_SOON = Duration.ofSeconds(1);

    private final Supplier<Catalogue> catalogue;
    private final Database callers;
    private final Following following;
    private final AtomicLong numbers = new AtomicLong();
    private final Answers<Whose, Made> programs = new Answers<>(MOST_PROGRAMS);
    private final Answers<Question, RowRights> rights = new Answers<>(MOST_RIGHTS);

    /// @param catalogue the newest there is, like `keeper::current`
    /// @param callers the pool whose account may become the callers
    /// @param control as the account that may follow tables
    public RowPolicies(Supplier<Catalogue> catalogue, Database callers, Database control) {
        this.catalogue = catalogue;
        this.callers = callers;
        this.following = new Following(control);
    }

    private record Whose(String role, TableName table) {}

    /// @param number no other has it
    /// @param of the catalogue by which it was made
    private record Made(long number, Program program, long basis, Catalogue of) {}

    /// @param made the number of the program
    /// @param claims those that count
    private record Question(long made, String claims, String headers) {}

    /// A hash of all definitions that decide which rows of the table the role sees: as long as it
    /// stays, so do plans. The same after a restart.
    public long basis(String role, TableName table) {
        Catalogue now = catalogue.get();
        Optional<Made> known = programs.find(new Whose(role, table)).filter(m -> m.of() == now);
        return known.map(Made::basis)
                .orElseGet(() -> now.table(table).map(t -> Basis.of(now, t, role)).orElse(0L));
    }

    /// @param access what [Access] granted just now
    /// @throws FailureException where a policy fails for this caller, in PostgreSQL's words; or
    ///   reads what the log does not hold
    public RowPlan plan(Caller caller, TableAccess access) {
        Catalogue now = catalogue.get();
        // The newest definition, should it have changed since the access was granted.
        Table table = now.table(access.relation().name()).orElse(access.table());
        if (!table.security().binds(caller.role())) {
            return new Known(
                    new RowRights(
                            Filter.ALL,
                            false,
                            List.of(),
                            Optional.empty(),
                            Basis.of(now, table, caller.role())));
        }
        Made made = made(now, table, caller.role());
        following.begin(
                made.program().reads().tables.stream()
                        .flatMap(name -> now.table(name).stream())
                        .toList());
        CallerClaims claims = new CallerClaims(caller);
        if (made.program().watched().isEmpty()) {
            return new Known(ofCallerAlone(made, table, claims));
        }
        return new Read(connection -> read(connection, made, table, claims));
    }

    private Made made(Catalogue now, Table table, String role) {
        Whose whose = new Whose(role, table.relation().name());
        Optional<Made> known = programs.find(whose).filter(made -> made.of() == now);
        return known.orElseGet(() -> {
            Made made =
                    new Made(
                            numbers.incrementAndGet(),
                            Program.of(now, table, role),
                            Basis.of(now, table, role),
                            now);
            programs.keep(whose, made);
            return made;
        });
    }

    private RowRights ofCallerAlone(Made made, Table table, CallerClaims claims) {
        Program program = made.program();
        Reads reads = program.reads();
        Question question =
                new Question(
                        made.number(),
                        claims.of(reads),
                        reads.headers ? claims.caller().headersJson() : "");
        return rights.find(question)
                .orElseGet(() -> {
                    RowRights found =
                            program.constants().isEmpty()
                                    ? rights(made, table, claims, List.of(), oldest(reads))
                                    : callers.transaction(connection -> {
                                        claims.caller().enter(connection);
                                        return read(connection, made, table, claims);
                                    });
                    if (!found.readAgain().equals(Optional.of(READ_SOON))) {
                        rights.keep(question, found);
                    }
                    return found;
                });
    }

    private long oldest(Reads reads) {
        return reads.tables.isEmpty() ? 0 : following.oldest();
    }

    private RowRights read(Connection connection, Made made, Table table, CallerClaims claims)
            throws SQLException {
        Program program = made.program();
        // First, so that whatever is read then is at least as new.
        long oldest = program.reads().tables.isEmpty() ? 0 : Following.oldest(connection);
        return rights(
                made,
                table,
                claims,
                Constants.read(connection, program.constants(), program.table()),
                oldest);
    }

    private RowRights rights(
            Made made,
            Table table,
            CallerClaims claims,
            List<Constants.Value> constants,
            long oldest) {
        Making making = new Making(table.relation().name(), claims, constants);
        Filter visible = Tidy.taken(made.program().visible().of(making));
        Set<Watch> watches = new LinkedHashSet<>();
        Set<Following.State> states = EnumSet.noneOf(Following.State.class);
        for (Program.Watched watched : made.program().watched()) {
            Filter rows = watched.rows().of(making);
            if (!rows.equals(Filter.NONE)) {
                watches.add(watch(watched.table(), rows));
                states.add(following.of(watched.table(), oldest));
            }
        }
        for (Reads reads : making.asked) {
            if (!reads.unseen.isEmpty()) {
                states.add(Following.State.NEVER);
            }
            for (TableName name : reads.tables) {
                Table other = made.of().table(name).orElseThrow();
                watches.add(watch(other, Filter.ALL));
                states.add(following.of(other, oldest));
            }
        }
        return new RowRights(visible, true, List.copyOf(watches), readAgain(states), made.basis());
    }

    private static Optional<Duration> readAgain(Set<Following.State> states) {
        if (states.contains(Following.State.NEVER)) {
            return Optional.of(READ_AGAIN);
        }
        return states.contains(Following.State.SOON) ? Optional.of(READ_SOON) : Optional.empty();
    }

    private static Watch watch(Table table, Filter rows) {
        return new Watch(table.relation().name(), table.relation().oid(), rows);
    }

    private record Known(RowRights rights) implements RowPlan {
        /// What PostgreSQL is asked later may read other tables too: such rights begin where a
        /// snapshot has seen the last change of these.
        @Override
        public boolean reads() {
            return !rights.watches().isEmpty();
        }

        @Override
        public RowRights read(Connection connection) {
            return rights;
        }
    }

    private interface Reading {
        RowRights read(Connection connection) throws SQLException;
    }

    private record Read(Reading reading) implements RowPlan {
        @Override
        public boolean reads() {
            return true;
        }

        @Override
        public RowRights read(Connection connection) throws SQLException {
            return reading.read(connection);
        }
    }
}
