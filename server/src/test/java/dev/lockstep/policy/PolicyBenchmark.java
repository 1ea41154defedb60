package dev.lockstep.policy;

import dev.lockstep.core.Relation;
import dev.lockstep.core.Row;
import dev.lockstep.core.TableName;
import dev.lockstep.core.filter.Filter;
import dev.lockstep.postgres.Caller;
import java.util.List;
import java.util.Map;

/// What a caller's rights cost: planned and read for the first time, planned again, and, where
/// PostgreSQL is asked, for each row. Not a test: run its `main`.
final class PolicyBenchmark {
    private static final int CALLERS = 500;
    private static final int ROUNDS = 3;
    private static final TableName NOTES = new TableName("public", "notes");
    private static final Row ROW = Row.of("1", null, null, "3", "x");

    private PolicyBenchmark() {}

    public static void main(String[] arguments) {
        try (PolicyRig rig = new PolicyRig()) {
            rig.execute(
                    """
                    create table notes (id int primary key, owner uuid, tenant uuid, team int, word text);
                    alter table notes enable row level security;
                    alter publication supabase_realtime add table notes;
                    create table members (user_id uuid, team int, primary key (user_id, team));
                    insert into members
                        select lpad((n % 1500)::text, 32, '0')::uuid, n from generate_series(1, 30000) n;
                    analyze members;
                    """);
            for (String policy :
                    List.of(
                            "owner = auth.uid() and tenant = (auth.jwt() ->> 'tenant')::uuid",
                            "team in (select team from members where user_id = auth.uid())",
                            "lower(word) = 'a'",
                            "exists (select from members m where m.team > notes.team"
                                    + " and m.user_id = auth.uid())")) {
                rig.execute(
                        "drop policy if exists p on notes",
                        "create policy p on notes using (" + policy + ")");
                System.out.println(policy);
                for (int round = 0; round < ROUNDS; round++) {
                    System.out.println("    " + measure(rig, round * CALLERS));
                }
            }
        }
    }

    private static String measure(PolicyRig rig, int from) {
        long start = System.nanoTime();
        for (int i = 0; i < CALLERS; i++) {
            rig.rights(caller(from + i), "notes");
        }
        long first = perCaller(start);
        start = System.nanoTime();
        for (int i = 0; i < CALLERS; i++) {
            rig.plan(caller(from + i), "notes");
        }
        long again = perCaller(start);
        return "first %d µs, planned again %d µs%s".formatted(first, again, asked(rig, from));
    }

    private static String asked(PolicyRig rig, int from) {
        if (!(rig.rights(caller(from), "notes").visible() instanceof Filter.Expression asked)) {
            return "";
        }
        Relation relation = rig.keeper.current().table(NOTES).orElseThrow().relation();
        long start = System.nanoTime();
        for (int i = 0; i < CALLERS; i++) {
            rig.oracle.ask(asked, relation, ROW);
        }
        return ", a row asked %d µs".formatted(perCaller(start));
    }

    private static long perCaller(long start) {
        return (System.nanoTime() - start) / CALLERS / 1_000;
    }

    private static Caller caller(int number) {
        String id = "00000000-0000-0000-0000-%012d".formatted(number);
        return PolicyRig.caller("authenticated", Map.of("sub", id, "tenant", id));
    }
}
