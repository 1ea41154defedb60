package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Lsn;
import dev.lockstep.core.Topic;
import dev.lockstep.wire.Codecs;
import dev.lockstep.wire.Frame;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Audiences that are told the same share one delivery, whatever they may see.
class ScriptTest {
    private static final Position HERE = Position.after(new Lsn(7));
    private static final Frame ONE = Frame.text("one".getBytes(UTF_8));
    private static final Frame TWO = Frame.text("two".getBytes(UTF_8));
    private final Script.Book book = new Script.Book();

    private static ChangesAudience audience() {
        Spec.Changes spec =
                new Spec.Changes(Codecs.V2, new Topic("realtime:n"), "anon", Map.of(), List.of());
        ChangesFrames frames = new ChangesFrames(ChangesFrames.Form.of(spec));
        return new ChangesAudience(spec, frames, (_, _, _) -> {});
    }

    private static Script of(LogAudience audience) {
        return Objects.requireNonNull(audience.script);
    }

    @Test
    void who_is_told_the_same_frames_stands_at_the_same_place() {
        ChangesAudience a = audience();
        ChangesAudience b = audience();
        ChangesAudience c = audience();

        book.collect(a, ONE, HERE);
        book.collect(b, ONE, HERE);
        book.collect(c, ONE, HERE);
        book.collect(a, TWO, HERE);
        book.collect(b, TWO, HERE);

        assertThat(a.script).isNotNull().isSameAs(b.script).isNotSameAs(c.script);
        assertThat(of(a).frames()).containsExactly(ONE, TWO);
        assertThat(c.script).isNotNull();
        assertThat(of(c).frames()).containsExactly(ONE);
    }

    @Test
    void who_heard_another_part_of_the_transaction_keeps_its_own_place() {
        ChangesAudience a = audience();
        ChangesAudience b = audience();

        book.collect(a, ONE, new Position(new Lsn(7), 0));
        book.collect(b, ONE, new Position(new Lsn(7), 3));

        assertThat(a.script).isNotNull();
        assertThat(b.script).isNotNull().isNotSameAs(a.script);
        assertThat(of(b).position().frames()).isEqualTo(3);
    }

    @Test
    void after_a_flush_everybody_begins_anew() {
        ChangesAudience a = audience();
        book.collect(a, ONE, HERE);
        book.flushTo(new LaneBatches());
        assertThat(a.script).isNull();

        book.collect(a, TWO, HERE);

        assertThat(a.script).isNotNull();
        assertThat(of(a).frames()).containsExactly(TWO);
    }
}
