package dev.lockstep.wire.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.core.Topic;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.FeedPayload;
import dev.lockstep.wire.Frame;
import dev.lockstep.wire.MalformedFrameException;
import dev.lockstep.wire.Mark;
import dev.lockstep.wire.Ref;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EventCodecTest {
    private static final Topic ANY = new Topic("realtime:any");

    private static List<Frame> frames(Codec codec, int rows, String token) {
        FeedPayload payload = new FeedPayload();
        for (int i = 0; i < rows; i++) {
            payload.enter("{\"a\":1}".getBytes());
        }
        return FeedPayload.frames(
                codec.envelope(ANY, "feed"),
                FeedPayload.Head.of(7, 1_000, Optional.of(token)),
                payload.bodies());
    }

    @Test
    void a_feed_that_is_alone_has_its_token_as_the_events_id() {
        List<Frame> frames = frames(EventCodec.ALONE, 1, "T1");

        assertThat(frames)
                .singleElement()
                .hasToString(
                        "event: feed\ndata: {\"id\":7,\"at\":1000,\"token\":\"T1\",\"enter\":[{\"a\":1}]}\n"
                                + "id: T1\n\n");
        assertThat(frames.getFirst().mark())
                .isEqualTo(new Mark.Step(7, Optional.of("T1"), Mark.Part.LAST));
    }

    @Test
    void only_the_last_part_of_a_step_moves_the_position() {
        List<Frame> frames = frames(EventCodec.ALONE, 1_001, "T1");

        assertThat(frames).hasSize(2);
        assertThat(frames.getFirst().toString())
                .doesNotContain("\nid:")
                .endsWith(",\"more\":true}\n\n");
        assertThat(frames.getFirst().mark())
                .isEqualTo(new Mark.Step(7, Optional.empty(), Mark.Part.MORE));
        assertThat(frames.getLast().toString()).endsWith("\nid: T1\n\n");
    }

    @Test
    void feeds_that_share_a_stream_leave_the_id_to_its_writer() {
        assertThat(frames(EventCodec.TOGETHER, 1, "T1").getFirst())
                .hasToString(
                        "event: feed\ndata: {\"id\":7,\"at\":1000,\"token\":\"T1\",\"enter\":[{\"a\":1}]}\n\n");
    }

    @Test
    void an_answer_that_gathers_gets_the_payload_alone() {
        assertThat(frames(EventCodec.BARE, 1, "T1").getFirst())
                .hasToString("{\"id\":7,\"at\":1000,\"token\":\"T1\",\"enter\":[{\"a\":1}]}");
    }

    @Test
    void what_the_channel_says_is_marked_for_the_transport() {
        Frame words = EventCodec.ALONE.push(Ref.NULL, ANY, "system", "{\"status\":\"ok\"}");
        assertThat(words).hasToString("event: system\ndata: {\"status\":\"ok\"}\n\n");
        assertThat(words.mark()).isEqualTo(new Mark.Words("system", "{\"status\":\"ok\"}"));
        assertThat(EventCodec.ALONE.reply(Ref.NULL, Ref.NULL, ANY, Codec.Status.ERROR, "{}").mark())
                .isEqualTo(new Mark.Answer(Codec.Status.ERROR, "{}"));
        assertThat(EventCodec.ALONE.end(Ref.NULL, ANY, "phx_close").mark())
                .isEqualTo(new Mark.End("phx_close"));
    }

    @Test
    void rooms_are_not_heard_and_nothing_is_read() {
        assertThat(
                        EventCodec.ALONE.broadcast(
                                ANY,
                                new BroadcastMessage(
                                        "e",
                                        BroadcastMessage.Form.JSON,
                                        "1".getBytes(),
                                        Optional.empty())))
                .isEmpty();
        assertThatThrownBy(() -> EventCodec.ALONE.decode("[]"))
                .isInstanceOf(MalformedFrameException.class);
    }
}
