package dev.lockstep.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LenientReadingTest {

    @Test
    void a_join_without_a_config_has_the_defaults() {
        for (String payload : List.of("{}", "{\"config\":null}", "{\"config\":7}", "[]", "null")) {
            JoinConfig config = config(payload);
            assertThat(config.ack()).isFalse();
            assertThat(config.presenceEnabled()).isFalse();
            assertThat(config.restricted()).isFalse();
            assertThat(config.changes()).isEmpty();
            assertThat(config.feeds()).isEmpty();
        }
    }

    @Test
    void booleans_may_be_strings_of_any_case_and_wrong_types_are_dropped() {
        JoinConfig config =
                config(
                        """
                        {"config":{"broadcast":{"ack":"TRUE","self":"False","replay":{"since":"x"}},
                         "presence":{"key":17,"enabled":"true"},"private":[],"unknown":{"a":1},
                         "postgres_changes_options":{"wait":"true","timeout":"1500"}}}\
                        """);

        assertThat(config.ack()).isTrue();
        assertThat(config.self()).isFalse();
        // Joining without what was asked for would look like a room where nothing was said.
        assertThat(config.replay()).contains(JoinConfig.Replay.INVALID);
        assertThat(config.presenceKey()).contains("17");
        assertThat(config.presenceEnabled()).isTrue();
        assertThat(config.restricted()).isFalse();
        assertThat(config.awaitSubscription()).isTrue();
        assertThat(config.awaitTimeout()).contains(Duration.ofMillis(1500));
    }

    @Test
    void nulls_among_the_bindings_are_dropped_and_null_is_no_binding() {
        assertThat(config("{\"config\":{\"postgres_changes\":null}}").changes()).isEmpty();
        assertThat(
                        config(
                                        "{\"config\":{\"postgres_changes\":[null,{\"schema\":\"public\"},null]}}")
                                .changes())
                .hasSize(1);
    }

    @Test
    void a_binding_is_echoed_with_its_own_key_order_and_number_spelling() {
        String entry =
                "{\"table\":\"t\", \"x\":1.50e1,\"schema\":\"s\",\"n\":{\"b\":2,\"a\":\"\\u00e9\"} }";

        ChangesBinding binding =
                config("{\"config\":{\"postgres_changes\":[" + entry + "]}}").changes().getFirst();

        assertThat(binding.echo(5))
                .isEqualTo(
                        "{\"table\":\"t\", \"x\":1.50e1,\"schema\":\"s\",\"n\":{\"b\":2,\"a\":\"\\u00e9\"},\"id\":5}");
        assertThat(binding.event()).isEqualTo("*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    {"event":"INSERT"} | No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{"event" => "INSERT"}
                    {} | No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{}
                    {"user_token":"potato"} | No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: <redacted>
                    {"table":{"actually a":"map"},"schema":"public"} | No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{"schema" => "public", "table" => %{"actually a" => "map"}}
                    {"schema":"public","table":"t","select":"a"} | Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]
                    {"schema":"public","table":"t","select":["a",1]} | Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]
                    {"schema":"public","table":"*","select":["a"]} | Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.
                    {"schema":"public","select":["a"]} | Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.
                    """)
    void a_binding_that_the_reference_refuses_has_its_words(String entry, String words) {
        assertThat(config("{\"config\":{\"postgres_changes\":[" + entry + "]}}").changes())
                .singleElement()
                .satisfies(binding -> assertThat(binding.problem()).contains(words));
    }

    @Test
    void feeds_are_read_and_unknown_keys_ignored() {
        JoinConfig config =
                config(
                        """
                        {"config":{"feeds":[
                          {"table":"orders","select":["id","due"],"where":"status=eq.a","order":"due.asc",
                           "limit":50,"total":true,"since":"tok","batchMs":40,"later":1},
                          {"select":[]}, 7]}}\
                        """);

        assertThat(config.feeds())
                .containsExactly(
                        new FeedRequest(
                                "orders",
                                Optional.of(List.of("id", "due")),
                                Optional.of("status=eq.a"),
                                Optional.of("due.asc"),
                                Optional.of(50),
                                true,
                                Optional.of("tok"),
                                Duration.ofMillis(40)),
                        nameless(),
                        nameless());
    }

    private static FeedRequest nameless() {
        return new FeedRequest(
                "",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Duration.ZERO);
    }

    @Test
    void the_old_name_of_the_token_counts() {
        var join =
                (ClientFrame.Join)
                        Codecs.V2.decode(
                                "[null,\"1\",\"realtime:a\",\"phx_join\",{\"user_token\":\"t\"}]");

        assertThat(join.accessToken()).contains("t");
        assertThat(join.joinRef()).isEqualTo(new Ref("\"1\""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"6\"", "0", "null", "\"\\u0036\"", "17.0"})
    void a_ref_is_echoed_as_it_was_written(String ref) {
        ClientFrame one =
                Codecs.V1.decode(
                        "{\"topic\":\"phoenix\",\"event\":\"heartbeat\",\"payload\":{},\"ref\":"
                                + ref
                                + "}");
        ClientFrame two =
                Codecs.V2.decode("[ " + ref + " ," + ref + ",\"phoenix\",\"heartbeat\",{},1]");

        assertThat(one.ref().json()).isEqualTo(ref);
        assertThat(two.ref().json()).isEqualTo(ref);
        assertThat(two.joinRef().json()).isEqualTo(ref);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[",
                "{}",
                "[1,2,3]",
                "null",
                "[null,\"1\",\"t\",\"e\"]",
                "[null,{},\"t\",\"e\",{}]",
                "[null,\"1\",7,\"e\",{}]",
                "[null,\"1\",\"t\",\"broadcast\",[]]",
                "[null,\"1\",\"t\",\"e\",{}] tail",
                "{\"topic\":\"t\",\"event\":\"e\",\"ref\":1}",
                "{\"topic\":\"t\",\"event\":\"e\",\"payload\":{}}"
            })
    void what_is_no_message_is_malformed_in_both_dialects(String text) {
        for (Codec codec : Codecs.all()) {
            assertThatThrownBy(() -> codec.decode(text))
                    .isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void deep_nesting_is_malformed() {
        String deep = "[".repeat(100_000);

        assertThatThrownBy(() -> Codecs.V2.decode("[null,\"1\",\"t\",\"e\"," + deep))
                .isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void a_text_broadcast_is_relayed_as_it_was_written() {
        String payload = "{\"type\":\"broadcast\",\"event\":\"e\",  \"payload\":{\"n\":1.0}}";
        var broadcast =
                (ClientFrame.Broadcast)
                        Codecs.V2.decode(
                                "[\"1\",\"2\",\"realtime:a\",\"broadcast\"," + payload + "]");

        assertThat(Codecs.V2.broadcast(new Topic("realtime:a"), broadcast.message()))
                .hasValueSatisfying(frame ->
                        assertThat(frame)
                                .hasToString(
                                        "[null,null,\"realtime:a\",\"broadcast\","
                                                + payload
                                                + "]"));
        assertThat(broadcast.message().event()).isEqualTo("e");
    }

    @Test
    void a_long_payload_with_characters_of_every_width_is_relayed_as_it_was_written() {
        String words = "aé€😀\\u20ac ".repeat(40_000);
        String payload =
                "{ \"event\":\"e\", \"payload\":{\"w\":\"" + words + "\",\"n\":[1 , 2.0]} }";
        for (String text :
                List.of(
                        "[\"1\",\"2\",\"realtime:a\",\"broadcast\", " + payload + " ,null]",
                        "{\"ref\":\"2\",\"payload\": "
                                + payload
                                + " ,\"topic\":\"realtime:a\",\"event\":\"broadcast\"}")) {
            Codec codec = text.startsWith("[") ? Codecs.V2 : Codecs.V1;
            var broadcast = (ClientFrame.Broadcast) codec.decode(text);
            assertThat(new String(broadcast.message().payload(), UTF_8)).isEqualTo(payload);
        }
    }

    @Test
    void bytes_are_not_delivered_to_the_first_dialect() {
        var bytes =
                new BroadcastMessage(
                        "e", BroadcastMessage.Form.BYTES, new byte[] {1}, Optional.empty());

        assertThat(Codecs.V1.broadcast(new Topic("realtime:a"), bytes)).isEmpty();
        assertThat(Codecs.V2.broadcast(new Topic("realtime:a"), bytes)).isPresent();
    }

    @Test
    void a_rest_entry_goes_in_text_to_both() {
        var rest =
                new BroadcastMessage(
                        "e",
                        BroadcastMessage.Form.REST_OBJECT,
                        "{\"x\":0}".getBytes(UTF_8),
                        Optional.of("{\"id\":\"i\"}"));

        assertThat(Codecs.V2.broadcast(new Topic("realtime:a"), rest).orElseThrow())
                .hasToString(
                        "[null,null,\"realtime:a\",\"broadcast\",{\"payload\":{\"x\":0},\"event\":\"e\",\"type\":\"broadcast\",\"meta\":{\"id\":\"i\"}}]");
    }

    @Test
    void a_name_too_long_for_a_size_byte_goes_in_text() {
        String event = "é".repeat(128);
        var json =
                new BroadcastMessage(
                        event, BroadcastMessage.Form.JSON, "1".getBytes(UTF_8), Optional.empty());

        assertThat(Codecs.V2.broadcast(new Topic("realtime:a"), json).orElseThrow().kind())
                .isEqualTo(Frame.Kind.TEXT);
    }

    @Test
    void versions_choose_the_dialect() {
        assertThat(Codecs.forVersion(Optional.empty())).contains(Codecs.V1);
        assertThat(Codecs.forVersion(Optional.of("1.0.0"))).contains(Codecs.V1);
        assertThat(Codecs.forVersion(Optional.of("2.0.0"))).contains(Codecs.V2);
        assertThat(Codecs.forVersion(Optional.of("3.0.0"))).isEmpty();
        assertThat(Codecs.forVersion(Optional.of("2"))).isEmpty();
    }

    @Test
    void garbage_is_never_more_than_malformed() {
        long seed = 20260101;
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        String[] pieces = {
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "\"",
            "null",
            "1e9",
            "\"a\"",
            "\"phx_join\"",
            "\"ref\"",
            "\"topic\"",
            "\"payload\"",
            "\"presence\"",
            "\"config\"",
            "\\u12",
            "\u0000",
            "é",
            "-"
        };
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(25); i > 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = (byte) random.nextInt(5);
            }
            for (Codec codec : Codecs.all()) {
                onlyMalformed(() -> codec.decode(text.toString()), "seed " + seed + ": " + text);
                onlyMalformed(() -> codec.decode(bytes), "seed " + seed + " round " + round);
            }
        }
    }

    private static void onlyMalformed(Runnable decode, String what) {
        try {
            decode.run();
        } catch (MalformedFrameException _) {
            // What the promise allows.
        } catch (RuntimeException e) {
            throw new AssertionError(what, e);
        }
    }

    private static JoinConfig config(String payload) {
        return ((ClientFrame.Join)
                        Codecs.V2.decode(
                                "[\"1\",\"1\",\"realtime:a\",\"phx_join\"," + payload + "]"))
                .config();
    }
}
