package dev.lockstep.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Topic;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The frames that supabase-js was seen to send and to accept, literally.
class LiteralFramesTest {
    private static final Topic ROOM = new Topic("realtime:room1");
    private static final Ref SIX = new Ref("\"6\"");
    private static final String JOIN =
            """
            {"config":{"broadcast":{"ack":true,"self":true},"presence":{"key":"user-1","enabled":true},"postgres_changes":[{"event":"*","schema":"public","table":"todos","filter":"id=eq.7"},{"event":"INSERT","schema":"public","table":"todos","filter":"id=gt.1,task=in.(a,\\"b,c\\"),done=not.is.null","select":["id","task"]}],"private":false}}\
            """
                    .strip();

    @Test
    void a_join_of_the_second_dialect_is_read_whole() {
        var join =
                join(
                        Codecs.V2.decode(
                                "[\"6\",\"6\",\"realtime:room1\",\"phx_join\"," + JOIN + "]"));

        assertThat(join.joinRef()).isEqualTo(SIX);
        assertThat(join.ref()).isEqualTo(SIX);
        assertThat(join.topic()).isEqualTo(ROOM);
        assertThat(join.accessToken()).isEmpty();
        assertThat(join.config().ack()).isTrue();
        assertThat(join.config().self()).isTrue();
        assertThat(join.config().restricted()).isFalse();
        assertThat(join.config().presenceEnabled()).isTrue();
        assertThat(join.config().presenceKey()).contains("user-1");
        ChangesBinding second = join.config().changes().get(1);
        assertThat(second.event()).isEqualTo("INSERT");
        assertThat(second.filter()).contains("id=gt.1,task=in.(a,\"b,c\"),done=not.is.null");
        assertThat(second.select()).contains(List.of("id", "task"));
        assertThat(second.problem()).isEmpty();
    }

    @Test
    void both_dialects_read_the_same_join() {
        var array =
                join(
                        Codecs.V2.decode(
                                "[\"6\",\"6\",\"realtime:room1\",\"phx_join\"," + JOIN + "]"));
        var object =
                join(
                        Codecs.V1.decode(
                                "{\"topic\":\"realtime:room1\",\"event\":\"phx_join\",\"payload\":"
                                        + JOIN
                                        + ",\"ref\":\"6\",\"join_ref\":\"6\"}"));

        assertThat(object).isEqualTo(array);
    }

    @Test
    void a_join_reply_echoes_the_bindings_as_they_were_written() {
        var changes =
                join(Codecs.V2.decode("[\"6\",\"6\",\"realtime:room1\",\"phx_join\"," + JOIN + "]"))
                        .config()
                        .changes();
        String response =
                "{\"postgres_changes\":["
                        + changes.get(0).echo(1000)
                        + ","
                        + changes.get(1).echo(1001)
                        + "]}";

        assertThat(Codecs.V2.reply(SIX, SIX, ROOM, Codec.Status.OK, response))
                .hasToString(
                        """
                        ["6","6","realtime:room1","phx_reply",{"status":"ok","response":{"postgres_changes":[{"event":"*","schema":"public","table":"todos","filter":"id=eq.7","id":1000},{"event":"INSERT","schema":"public","table":"todos","filter":"id=gt.1,task=in.(a,\\"b,c\\"),done=not.is.null","select":["id","task"],"id":1001}]}}]\
                        """
                                .strip());
    }

    @Test
    void a_private_join_carries_replay_waiting_and_its_token() {
        var join =
                join(
                        Codecs.V2.decode(
                                """
                                ["14","14","realtime:priv:1","phx_join",{"config":{"broadcast":{"replay":{"since":1763407103911,"limit":10},"replication_ready":true},"presence":{"key":"","enabled":false},"postgres_changes":[],"private":true,"postgres_changes_options":{"wait":true,"timeout":5000}},"access_token":"new.user.jwt"}]\
                                """));

        assertThat(join.accessToken()).contains("new.user.jwt");
        assertThat(join.config().replay()).contains(new JoinConfig.Replay(1763407103911L, 10));
        assertThat(join.config().replicationReady()).isTrue();
        assertThat(join.config().restricted()).isTrue();
        assertThat(join.config().awaitSubscription()).isTrue();
        assertThat(join.config().awaitTimeout())
                .hasValueSatisfying(t -> assertThat(t).hasSeconds(5));
        assertThat(join.config().presenceKey()).isEmpty();
    }

    @Test
    void presence_is_tracked_and_untracked() {
        assertThat(
                        Codecs.V2.decode(
                                """
                                ["6","7","realtime:room1","presence",{"type":"presence","event":"track","payload":{"online_at":"now","name":"A"}}]\
                                """))
                .isEqualTo(
                        new ClientFrame.Track(
                                SIX,
                                new Ref("\"7\""),
                                ROOM,
                                Optional.of("{\"online_at\":\"now\",\"name\":\"A\"}")));
        assertThat(
                        Codecs.V1.decode(
                                """
                                {"topic":"realtime:room1","event":"presence","payload":{"type":"presence","event":"UNTRACK"},"ref":"10","join_ref":"6"}\
                                """))
                .isEqualTo(new ClientFrame.Untrack(SIX, new Ref("\"10\""), ROOM));
        assertThat(
                        Codecs.V2.decode(
                                "[\"6\",\"7\",\"realtime:room1\",\"presence\",{\"event\":\"TRACK\",\"payload\":7}]"))
                .isEqualTo(new ClientFrame.Track(SIX, new Ref("\"7\""), ROOM, Optional.empty()));
    }

    @Test
    void a_binary_push_becomes_a_broadcast() {
        var broadcast =
                (ClientFrame.Broadcast)
                        Codecs.V2.decode(
                                hex(
                                        "0301010e06000136387265616c74696d653a726f6f6d31637572736f727b2278223a312c2275223a22c3a9227d"));

        assertThat(broadcast.joinRef()).isEqualTo(SIX);
        assertThat(broadcast.ref()).isEqualTo(new Ref("\"8\""));
        assertThat(broadcast.topic()).isEqualTo(ROOM);
        assertThat(broadcast.message().event()).isEqualTo("cursor");
        assertThat(broadcast.message().form()).isEqualTo(BroadcastMessage.Form.JSON);
        assertThat(new String(broadcast.message().payload(), UTF_8))
                .isEqualTo("{\"x\":1,\"u\":\"é\"}");
    }

    @Test
    void a_binary_push_of_bytes_keeps_them() {
        var broadcast =
                (ClientFrame.Broadcast)
                        Codecs.V2.decode(
                                hex(
                                        "0301010e06000036397265616c74696d653a726f6f6d31637572736f720102ff"));

        assertThat(broadcast.message().form()).isEqualTo(BroadcastMessage.Form.BYTES);
        assertThat(broadcast.message().payload()).containsExactly(1, 2, 0xff);
    }

    @Test
    void the_metadata_of_a_push_is_not_relayed() {
        var broadcast =
                (ClientFrame.Broadcast)
                        Codecs.V2.decode(
                                hex(
                                        "0302020f011601313431377265616c74696d653a707269763a31657b2270657273697374223a7b2274746c223a36307d7d7b2261223a317d"));

        assertThat(broadcast.topic()).isEqualTo(new Topic("realtime:priv:1"));
        assertThat(broadcast.joinRef()).isEqualTo(new Ref("\"14\""));
        assertThat(broadcast.message().event()).isEqualTo("e");
        assertThat(broadcast.message().meta()).isEmpty();
        assertThat(broadcast.message().payload()).asString(UTF_8).isEqualTo("{\"a\":1}");
    }

    @Test
    void a_json_push_is_fanned_out_in_binary_to_the_second_dialect() {
        BroadcastMessage message = json("{\"x\":1,\"u\":\"é\"}", Optional.empty());

        Frame frame = Codecs.V2.broadcast(ROOM, message).orElseThrow();

        assertThat(frame.kind()).isEqualTo(Frame.Kind.BINARY);
        assertThat(HexFormat.of().formatHex(frame.payload()))
                .isEqualTo(
                        "040e0600017265616c74696d653a726f6f6d31637572736f727b2278223a312c2275223a22c3a9227d");
    }

    @Test
    void a_json_push_is_fanned_out_in_text_to_the_first_dialect() {
        assertThat(Codecs.V1.broadcast(ROOM, json("{\"x\":1}", Optional.of("{\"id\":\"7\"}"))))
                .hasValueSatisfying(frame ->
                        assertThat(frame)
                                .hasToString(
                                        """
                                        {"topic":"realtime:room1","event":"broadcast","payload":{"event":"cursor","payload":{"x":1},"type":"broadcast","meta":{"id":"7"}},"ref":null}\
                                        """));
    }

    @Test
    void leaving_and_tokens_are_read() {
        assertThat(Codecs.V2.decode("[\"6\",\"18\",\"realtime:room1\",\"phx_leave\",{}]"))
                .isEqualTo(new ClientFrame.Leave(SIX, new Ref("\"18\""), ROOM));
        assertThat(
                        Codecs.V2.decode(
                                "[\"6\",\"11\",\"realtime:room1\",\"access_token\",{\"access_token\":\"new.user.jwt\"}]"))
                .isEqualTo(
                        new ClientFrame.AccessToken(
                                SIX, new Ref("\"11\""), ROOM, Optional.of("new.user.jwt")));
    }

    @Test
    void the_end_of_a_channel_carries_the_join_ref_twice() {
        assertThat(Codecs.V2.end(SIX, ROOM, "phx_close"))
                .hasToString("[\"6\",\"6\",\"realtime:room1\",\"phx_close\",{}]");
        assertThat(Codecs.V1.end(SIX, ROOM, "phx_error"))
                .hasToString(
                        "{\"topic\":\"realtime:room1\",\"event\":\"phx_error\",\"payload\":{},\"ref\":\"6\"}");
    }

    @Test
    void a_heartbeat_is_answered_with_its_ref() {
        var beat =
                (ClientFrame.Heartbeat)
                        Codecs.V2.decode("[null,\"7\",\"phoenix\",\"heartbeat\",{}]");

        assertThat(Codecs.V2.reply(beat.joinRef(), beat.ref(), beat.topic(), Codec.Status.OK, "{}"))
                .hasToString(
                        "[null,\"7\",\"phoenix\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]");
    }

    @Test
    void pushes_and_envelopes_make_the_same_message() {
        for (Codec codec : Codecs.all()) {
            Frame pushed = codec.push(Ref.NULL, ROOM, "presence_diff", "{\"joins\":{}}");
            Frame wrapped =
                    codec.envelope(ROOM, "presence_diff").wrap("{\"joins\":{}}".getBytes(UTF_8));
            assertThat(wrapped).hasToString(pushed.toString());
        }
    }

    private static BroadcastMessage json(String payload, Optional<String> meta) {
        return new BroadcastMessage(
                "cursor", BroadcastMessage.Form.JSON, payload.getBytes(UTF_8), meta);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static ClientFrame.Join join(ClientFrame frame) {
        return (ClientFrame.Join) frame;
    }
}
