package dev.lockstep.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Nobody gets what is not theirs, and no text of a request becomes SQL.
class SafetyTest {
    private static final RestRig rig = RestRig.with(Shop.SCHEMA, Map.of("rest.pool-size", "4"));

    @AfterAll
    static void close() {
        rig.close();
    }

    @Test
    void a_hundred_users_who_share_four_connections_see_their_own_rows_and_context()
            throws Exception {
        List<String> users = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String user = "00000000-0000-4000-8000-%012d".formatted(i);
            users.add(user);
            rig.database.execute(
                    "insert into secrets values (%d, '%s', 'of %d')".formatted(1000 + i, user, i));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int round = 0; round < 10; round++) {
                for (int i = 0; i < users.size(); i++) {
                    int number = i;
                    int turn = round;
                    all.add(
                            threads.submit(
                                    (Callable<Boolean>)
                                            () -> sees(users.get(number), number, turn)));
                }
            }
            for (Future<Boolean> one : all) {
                assertThat(one.get()).isTrue();
            }
        }
    }

    private static boolean sees(String user, int number, int turn) {
        RestRig.Asking asking = rig.new Asking(rig.token("authenticated", user));
        asking.with("x-tenant", "t" + number);
        return switch (turn % 4) {
            case 0 ->
                    asking.get("/secrets?select=word")
                            .json()
                            .equals("[{\"word\":\"of " + number + "\"}]");
            case 1 -> {
                String context = asking.post("/rpc/context", "{}").json();
                yield context.contains("\"uid\" : \"" + user)
                        && context.contains("\"x-tenant\":\"t" + number + "\"");
            }
            case 2 ->
                    asking.get("/jobs?nothing=eq.1").status() == 400
                            && rig.anon().get("/secrets?select=word").json().equals("[]");
            default -> rig.anon().post("/rpc/context", "{}").json().contains("\"role\" : \"anon\"");
        };
    }

    private static final List<String> ATTACKS =
            List.of(
                    "'; drop table canary; --",
                    "\"; drop table canary; --",
                    "1) or true; delete from canary; --",
                    "1\\'; delete from canary; --",
                    "$$; delete from canary; $$",
                    "*/ ; delete from canary; /*",
                    "id\" from canary; delete from canary; --",
                    "id) from canary; delete from canary --",
                    "a?b",
                    "?::int, ?",
                    "pg_sleep(10)",
                    "text) from canary; drop table canary; --",
                    "id,(delete from canary)",
                    "\u0000",
                    "\ud800",
                    "{\"a\",b}",
                    "x'::text || (select 1) || '");

    @Test
    void no_place_in_a_request_becomes_sql() {
        rig.database.execute("create table canary (id int)", "insert into canary values (1)");
        List<String> urls =
                List.of(
                        "/jobs?select=id,@",
                        "/jobs?select=id::@",
                        "/jobs?select=x:@",
                        "/jobs?select=@:id",
                        "/jobs?select=meta->@",
                        "/jobs?select=meta->>\"@\"",
                        "/jobs?select=@(*)",
                        "/jobs?select=items!@(*)",
                        "/jobs?select=items(@)",
                        "/jobs?select=\"@\"",
                        "/jobs?select=id,\"@\":id",
                        "/jobs?select=total.@()",
                        "/jobs?select=...@(*)",
                        "/jobs?@=eq.1",
                        "/jobs?\"@\"=eq.1",
                        "/jobs?meta->>@=eq.1",
                        "/jobs?meta->>\"@\"=eq.1",
                        "/jobs?title=eq.@",
                        "/jobs?title=@",
                        "/jobs?title=@.x",
                        "/jobs?title=not.@",
                        "/jobs?title=in.(@)",
                        "/jobs?title=in.(\"@\")",
                        "/jobs?title=like.@",
                        "/jobs?title=like(any).{@}",
                        "/jobs?title=like(@).x",
                        "/jobs?state=is.@",
                        "/jobs?tags=cs.{@}",
                        "/jobs?tags=cs.@",
                        "/jobs?span=sl.@",
                        "/jobs?body=fts.@",
                        "/jobs?body=fts(@).x",
                        "/jobs?title=match.@",
                        "/jobs?or=(@)",
                        "/jobs?or=(title.eq.@)",
                        "/jobs?or=(title.eq.\"@\",id.eq.1)",
                        "/jobs?and=(@.eq.1)",
                        "/jobs?order=@",
                        "/jobs?order=id.@",
                        "/jobs?order=meta->@",
                        "/jobs?order=@(id)",
                        "/jobs?select=*,companies(*)&order=companies(@)",
                        "/jobs?limit=@",
                        "/jobs?offset=@",
                        "/jobs?select=items(*)&items.@=eq.1",
                        "/jobs?select=items(*)&items.order=@",
                        "/jobs?columns=@",
                        "/jobs?columns=\"@\"",
                        "/jobs?on_conflict=@",
                        "/jobs?on_conflict=\"@\"",
                        "/@",
                        "/rpc/@",
                        "/rpc/add?a=@",
                        "/rpc/add?@=1",
                        "/rpc/all_jobs?select=@");
        for (String url : urls) {
            for (String attack : ATTACKS) {
                String full = url.replace("@", encoded(attack));
                for (String method : List.of("GET", "POST", "PATCH", "DELETE")) {
                    var answer =
                            rig.anon()
                                    .prefer("tx=rollback")
                                    .send(method, full, "{\"title\":\"x\"}");
                    assertThat(answer.status())
                            .as(method + " " + full + " " + answer)
                            .isNotEqualTo(500);
                }
            }
        }
        for (String attack : ATTACKS) {
            String key = RestError.quote(attack);
            for (String body :
                    List.of(
                            "{" + key + ":1}",
                            "{\"title\":" + key + "}",
                            "[{" + key + ":" + key + "}]")) {
                assertThat(rig.anon().post("/jobs", body).status()).isNotEqualTo(500);
                assertThat(rig.anon().patch("/jobs?id=eq.1", body).status()).isNotEqualTo(500);
                assertThat(rig.anon().post("/rpc/add", body).status()).isNotEqualTo(500);
            }
            for (String header :
                    List.of(
                            "accept",
                            "prefer",
                            "accept-profile",
                            "range",
                            "x-any",
                            "cookie",
                            "lockstep-position")) {
                assertThat(rig.anon().with(header, attack).get("/labels").status())
                        .isNotEqualTo(500);
            }
            assertThat(rig.anon().prefer("timezone=" + attack).get("/labels").status())
                    .isNotEqualTo(500);
        }
        assertThat(rig.database.value("select count(*) from canary")).isEqualTo("1");
    }

    private static String encoded(String text) {
        return text.replace("%", "%25").replace("&", "%26").replace("+", "%2B").replace("=", "%3D");
    }
}
