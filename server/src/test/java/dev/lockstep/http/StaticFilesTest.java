package dev.lockstep.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticFilesTest {
    private static final RunningServer RUNNING = serving("/pages");

    private static RunningServer serving(String folder) {
        return new RunningServer(
                Map.of(),
                (routes, _) -> routes.pages(new StaticFiles(folder, new SplittableRandom(7))));
    }

    @AfterAll
    static void stop() {
        RUNNING.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/index.html", "/orders", "/orders/17/notes", "/orders?status=a"})
    void every_place_in_the_application_is_its_page(String path) throws Exception {
        HttpResponse<String> answer = RUNNING.get(path);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("cache-control")).contains("no-cache");
        assertThat(answer.headers().firstValue("content-type"))
                .contains("text/html; charset=utf-8");
        assertThat(answer.body()).contains("<title>Desk</title>");
    }

    @Test
    void a_page_with_a_place_for_it_gets_a_fresh_nonce_each_time() throws Exception {
        HttpResponse<String> first = RUNNING.get("/");
        HttpResponse<String> second = RUNNING.get("/");

        String policy = first.headers().firstValue("content-security-policy").orElseThrow();
        assertThat(policy)
                .contains("script-src 'self';")
                .contains("frame-ancestors 'none'")
                .contains("connect-src 'self' ws://127.0.0.1:" + RUNNING.port())
                .doesNotContain("unsafe");
        String nonce = policy.replaceAll(".*'nonce-([0-9a-f]+)'.*", "$1");
        assertThat(first.body()).contains("nonce=\"" + nonce + "\"");
        assertThat(second.body()).doesNotContain(nonce);
    }

    @Test
    void a_page_without_a_place_for_a_nonce_may_write_styles_but_no_scripts() throws Exception {
        try (RunningServer plain = serving("/plain-pages")) {
            assertThat(plain.get("/").headers().firstValue("content-security-policy").orElseThrow())
                    .contains("style-src 'self' 'unsafe-inline'")
                    .contains("script-src 'self';");
        }
    }

    @Test
    void a_fingerprinted_file_may_be_kept_for_ever_and_comes_compressed() throws Exception {
        var request = RUNNING.request("/assets/app-1a2b.js").header("accept-encoding", "br, gzip");
        HttpResponse<byte[]> answer =
                RUNNING.client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());

        assertThat(answer.headers().firstValue("cache-control"))
                .contains("public, max-age=31536000, immutable");
        assertThat(answer.headers().firstValue("content-encoding")).contains("gzip");
        assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes())
                .asString()
                .isEqualTo("console.log(\"desk\");");
        assertThat(RUNNING.get("/assets/app-1a2b.js").body()).isEqualTo("console.log(\"desk\");");
    }

    @Test
    void a_file_that_the_browser_has_is_not_sent_again() throws Exception {
        String tag = RUNNING.get("/icon.svg").headers().firstValue("etag").orElseThrow();
        HttpResponse<String> again =
                RUNNING.send(RUNNING.request("/icon.svg").header("if-none-match", tag));

        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.headers().firstValue("x-content-type-options")).contains("nosniff");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nothing.js",
                "/assets/app-1a2b.js.gz",
                "/../logback-test.xml",
                "/assets/../../logback-test.xml",
                "/..%2Flogback-test.xml",
                "/%2e%2e/logback-test.xml",
                "/assets/..%5c..%5clogback-test.xml",
                "//logback-test.xml",
                "/.hidden.txt",
                "/rest/v1/orders",
                "/realtime/v1/nothing",
                "/api",
                "/auth/v1/x"
            })
    void what_is_no_page_and_no_file_is_not_found(String path) throws Exception {
        try (RawClient raw = RUNNING.raw()) {
            assertThat(raw.say("GET " + path + " HTTP/1.1\r\n\r\n").hearResponse())
                    .startsWith("HTTP/1.1 404 ")
                    .contains("route.not-found");
        }
    }
}
