package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GzipTest {
    private static final Gzip GZIP = new Gzip(true, 1024);
    private static final String ROWS = "[" + "{\"name\":\"lamp\"},".repeat(500) + "{}]";

    private static Request asking(String encodings) {
        return new Request(
                "r-1",
                "GET",
                "/",
                "",
                Map.of(),
                Map.of(),
                Map.of("accept-encoding", encodings),
                new byte[0]);
    }

    private static Response answered(String encodings, Response answer) {
        return (Response) GZIP.apply(asking(encodings), answer);
    }

    @Test
    void rows_are_compressed_and_come_out_the_same() throws IOException {
        Response answer =
                answered(
                        "br, gzip",
                        Response.json(200, ROWS).with("vary", "Accept").with("etag", "\"a\""));

        assertThat(answer.headers())
                .containsEntry("content-encoding", "gzip")
                .containsEntry("vary", "Accept, Accept-Encoding")
                // Other bytes than those that the strong tag stands for.
                .containsEntry("etag", "W/\"a\"");
        assertThat(answer.body().length).isLessThan(ROWS.length() / 10);
        assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes())
                .isEqualTo(ROWS.getBytes(UTF_8));
    }

    @Test
    void who_does_not_take_it_is_told_that_others_get_something_else() {
        Response answer = answered("gzip;q=0, br", Response.json(200, ROWS).with("etag", "\"a\""));

        assertThat(answer.body()).isEqualTo(ROWS.getBytes(UTF_8));
        assertThat(answer.headers())
                .containsEntry("vary", "Accept-Encoding")
                .containsEntry("etag", "\"a\"")
                .doesNotContainKey("content-encoding");
    }

    @Test
    void short_packed_secret_and_streamed_answers_are_left_alone() {
        byte[] body = ROWS.getBytes(UTF_8);
        List<Response> left =
                List.of(
                        Response.json(200, "[]"),
                        Response.json(200, ROWS).with("content-encoding", "br"),
                        Response.json(200, ROWS).with("cache-control", "no-store"),
                        Response.json(500, ROWS),
                        new Response(200, Map.of("content-type", "image/png"), body),
                        new Response(200, Map.of("content-type", "text/event-stream"), body),
                        new Response(200, Map.of(), body));

        assertThat(left)
                .allSatisfy(answer -> assertThat(answered("gzip", answer)).isEqualTo(answer));
        assertThat(
                        new Gzip(false, 0)
                                .apply(asking("gzip"), Response.json(200, ROWS))
                                .header("vary"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "gzip, true", "GZIP ; q=0.5, true", "'deflate, gzip;q=1.0', true", "gzip;q=0, false",
        "gzip;q=0.000, false", "deflate, false", "'', false", "xgzip, false"
    })
    void a_weight_of_zero_is_a_no(String accepted, boolean taken) {
        assertThat(Gzip.isAccepted(accepted)).isEqualTo(taken);
    }
}
