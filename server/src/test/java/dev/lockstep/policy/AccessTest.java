package dev.lockstep.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.core.Relation;
import dev.lockstep.core.ReplicaIdentity;
import dev.lockstep.core.TableName;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.Definitions;
import dev.lockstep.postgres.RowSecurity;
import dev.lockstep.postgres.Table;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AccessTest {
    private static final Set<String> ALL = Set.of("id", "note");
    private static final List<Table> TABLES =
            List.of(
                    table("public", "orders", true, false, Map.of("anon", ALL)),
                    table("public", "people", true, false, Map.of("anon", Set.of("note", "gone"))),
                    table("public", "internal", true, false, Map.of()),
                    table("public", "drafts", false, false, Map.of("anon", ALL)),
                    table("guarded", "secrets", true, true, Map.of("anon", ALL, "service", ALL)));
    private final Access access = new Access(() -> catalogue(TABLES));

    @Test
    void a_role_sees_the_published_columns_that_it_was_granted() {
        TableAccess people = access.table("anon", new TableName("public", "people"));
        assertThat(people.readable()).containsExactly("note");
        assertThat(people.columns()).containsExactly(1);
    }

    @Test
    void missing_unpublished_and_unreadable_tables_are_not_told_apart() {
        for (String name : List.of("nope", "drafts", "internal")) {
            assertThatThrownBy(() -> access.table("anon", new TableName("public", name)))
                    .hasMessage("There is no table public." + name + ".")
                    .satisfies(e -> assertThat(failure(e)).isInstanceOf(Failure.NotFound.class));
        }
    }

    @Test
    void a_table_with_row_security_is_refused_by_name_but_for_roles_that_bypass_it() {
        TableName secrets = new TableName("guarded", "secrets");
        assertThatThrownBy(() -> access.table("anon", secrets))
                .hasMessageContaining("guarded.secrets")
                .hasMessageContaining("row policies are not yet followed")
                .satisfies(e -> assertThat(failure(e)).isInstanceOf(Failure.Forbidden.class));
        assertThat(access.table("service", secrets).readable()).isEqualTo(ALL);
    }

    @Test
    void who_applies_policies_may_follow_tables_that_have_them() {
        Access under = Access.underPolicies(() -> catalogue(TABLES));
        assertThat(under.table("anon", new TableName("guarded", "secrets")).readable())
                .isEqualTo(ALL);
        assertThat(under.tables("anon", "guarded")).hasSize(1);
    }

    @Test
    void a_wildcard_is_what_the_role_may_follow() {
        assertThat(access.tables("anon", "*"))
                .extracting(a -> a.relation().name().toString())
                .containsExactly("public.orders", "public.people");
        assertThat(access.tables("service", "*"))
                .extracting(a -> a.relation().name().toString())
                .containsExactly("guarded.secrets");
        assertThatThrownBy(() -> access.tables("anon", "guarded"))
                .hasMessageContaining("guarded.secrets");
        assertThatThrownBy(() -> access.tables("service", "public"))
                .hasMessage("There is no table to follow in schema public.");
    }

    @Test
    void an_unknown_role_is_refused_in_the_words_of_postgresql() {
        assertThatThrownBy(() -> access.tables("norole", "public"))
                .hasMessage("role \"norole\" does not exist");
    }

    private static Failure failure(Throwable e) {
        return ((FailureException) e).failure();
    }

    private static Catalogue catalogue(List<Table> tables) {
        return new Catalogue(
                tables.stream().collect(Collectors.toMap(table -> table.relation().name(), t -> t)),
                Map.of(),
                Set.of("anon", "service"),
                Set.of("service"),
                Definitions.NONE);
    }

    private static Table table(
            String schema,
            String name,
            boolean published,
            boolean rowSecurity,
            Map<String, Set<String>> readable) {
        PgType text = new PgType.Base(25, "text");
        return new Table(
                new Relation(
                        1,
                        new TableName(schema, name),
                        ReplicaIdentity.DEFAULT,
                        List.of(
                                new Column("id", text, -1, Collation.BYTES, true),
                                new Column("note", text, -1, Collation.BYTES, false))),
                Set.of(),
                published,
                Set.of("INSERT"),
                Table.Following.POSSIBLE,
                new RowSecurity(rowSecurity, Set.of("service"), List.of()),
                readable);
    }
}
