package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The schema cache follows the database.
class SchemaTest {
    private static final RestRig rig =
            RestRig.with(
                    Shop.SCHEMA
                            + """
                            create schema crm;
                            grant usage on schema crm to anon;
                            create table crm.notes (id int primary key, text text);
                            grant all on crm.notes to anon;
                            create function crm.hello() returns text language sql immutable as $$ select 'crm' $$;
                            create schema hidden;
                            create table hidden.things (id int primary key);
                            """,
                    Map.of("rest.schemas", "public,crm"));

    @AfterAll
    static void close() {
        rig.close();
    }

    @Test
    void what_ddl_made_a_moment_ago_is_there() {
        rig.database.execute("create table fresh (id int primary key, a int)");
        assertThat(rig.anon().post("/fresh", "{\"id\":1,\"a\":2}").status()).isEqualTo(201);
        rig.database.execute("alter table fresh add column b text default 'x'");
        assertThat(rig.anon().get("/fresh").json()).isEqualTo("[{\"id\":1,\"a\":2,\"b\":\"x\"}]");
        assertThat(rig.anon().patch("/fresh?id=eq.1", "{\"b\":\"y\"}").status()).isEqualTo(204);
        rig.database.execute(
                "create table fresh_parts (id int primary key, fresh_id int references fresh)");
        assertThat(rig.anon().get("/fresh?select=id,fresh_parts(id)").json())
                .isEqualTo("[{\"id\":1,\"fresh_parts\":[]}]");
        rig.database.execute("create function fresh_one() returns int language sql as 'select 1'");
        assertThat(rig.anon().post("/rpc/fresh_one", "{}").body()).isEqualTo("1");
        rig.database.execute("drop function fresh_one()", "alter table fresh drop column b");
        assertThat(rig.anon().post("/rpc/fresh_one", "{}").status()).isEqualTo(404);
        assertThat(rig.anon().get("/fresh").json()).isEqualTo("[{\"id\":1,\"a\":2}]");
    }

    @Test
    void a_statement_that_was_prepared_survives_a_change_of_its_table() {
        rig.database.execute(
                "create table shifting (id int primary key, a int, f float8)",
                "insert into shifting values (1, 5, 0.5)");
        for (int i = 0; i < 20; i++) {
            assertThat(rig.anon().get("/shifting?a=eq.5").json())
                    .isEqualTo("[{\"id\":1,\"a\":5,\"f\":0.5}]");
        }
        rig.database.execute("alter table shifting alter column a type text using a || 'x'");
        for (int i = 0; i < 20; i++) {
            var answer = rig.anon().get("/shifting?a=eq.5x");
            assertThat(answer.json())
                    .as(answer.toString())
                    .isEqualTo("[{\"id\":1,\"a\":\"5x\",\"f\":0.5}]");
        }
        rig.database.execute(
                "alter table shifting drop column f", "alter table shifting add column g int");
        for (int i = 0; i < 10; i++) {
            assertThat(rig.anon().get("/shifting?a=eq.5x").json())
                    .isEqualTo("[{\"id\":1,\"a\":\"5x\",\"g\":null}]");
        }
    }

    @Test
    void a_type_that_is_made_anew_under_its_name_is_the_new_one() {
        for (String mood : new String[] {"glad", "calm"}) {
            rig.database.execute(
                    "drop type if exists mood cascade",
                    "create type mood as enum ('" + mood + "')",
                    "create table if not exists moods (id int primary key)",
                    "alter table moods add column mood mood",
                    "insert into moods values (1, '%s') on conflict (id) do update set mood = excluded.mood"
                            .formatted(mood),
                    "create function echo(mood mood) returns text language sql immutable as"
                            + " $$ select mood::text $$");
            for (int i = 0; i < 20; i++) {
                assertThat(rig.anon().get("/rpc/echo?mood=" + mood).body())
                        .isEqualTo("\"" + mood + "\"");
                assertThat(rig.anon().get("/moods?mood=eq." + mood).json())
                        .isEqualTo("[{\"id\":1,\"mood\":\"" + mood + "\"}]");
                assertThat(rig.anon().get("/moods?mood=in.(" + mood + ")").status()).isEqualTo(200);
                assertThat(
                                rig.anon()
                                        .patch("/moods?id=eq.1", "{\"mood\":\"" + mood + "\"}")
                                        .status())
                        .isEqualTo(204);
            }
        }
    }

    @Test
    void a_schema_is_chosen_by_its_header() {
        assertThat(
                        rig.anon()
                                .with("content-profile", "crm")
                                .post("/notes", "{\"id\":1,\"text\":\"t\"}")
                                .status())
                .isEqualTo(201);
        var answer = rig.anon().with("accept-profile", "crm").get("/notes");
        assertThat(answer.json()).isEqualTo("[{\"id\":1,\"text\":\"t\"}]");
        assertThat(answer.header("content-profile")).isEqualTo("crm");
        assertThat(rig.anon().with("content-profile", "crm").post("/rpc/hello", "{}").body())
                .isEqualTo("\"crm\"");
        assertThat(rig.anon().get("/labels").header("content-profile")).isEqualTo("public");
        assertThat(rig.anon().get("/notes").status()).isEqualTo(404);
        var hidden = rig.anon().with("accept-profile", "hidden").get("/things");
        assertThat(hidden.status()).isEqualTo(406);
        assertThat(hidden.body()).contains("Only the following schemas are exposed: public, crm");
    }

    @Test
    void a_word_to_pgrst_or_a_second_brings_the_news() {
        long before = rig.schemas.current().generation();
        rig.database.execute(
                "create table told (id int primary key)", "notify pgrst, 'reload schema'");
        await(() -> rig.schemas.current().generation() > before);
        assertThat(rig.schemas.current().relations())
                .containsKey(new dev.lockstep.core.TableName("public", "told"));
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited for the schemas").isLessThan(deadline);
            java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
        }
    }

    @Test
    void a_read_waits_for_the_position_that_it_names() {
        rig.feed.begin("epoch", dev.lockstep.core.Lsn.parse("0/10"));
        assertThat(rig.anon().with("lockstep-position", "0/10").get("/labels?limit=1").status())
                .isEqualTo(200);
        Thread mover =
                Thread.ofVirtual()
                        .start(() -> {
                            java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
                            rig.feed.advance(dev.lockstep.core.Lsn.parse("0/20"));
                        });
        assertThat(rig.anon().with("lockstep-position", "0/20").get("/labels?limit=1").status())
                .isEqualTo(200);
        assertThat(mover).isNotNull();
        var late = rig.anon().with("lockstep-position", "FFFFFFFF/0").get("/labels");
        assertThat(late.status()).isEqualTo(503);
        assertThat(late.body()).contains("unavailable.position");
        assertThat(late.header("retry-after")).isEqualTo("1");
        assertThat(rig.anon().with("lockstep-position", "later").get("/labels").status())
                .isEqualTo(400);
    }
}
