package dev.lockstep.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BodyPipeTest {
    private static final int PIECE = 64 * 1024;

    private final AtomicInteger drained = new AtomicInteger();
    private final BodyPipe pipe = new BodyPipe(() -> {}, drained::incrementAndGet);
    private final InputStream stream = pipe.stream();

    private boolean add(int bytes) {
        return pipe.add(Unpooled.wrappedBuffer(new byte[bytes]));
    }

    private void read(int bytes) throws IOException {
        assertThat(stream.readNBytes(bytes)).hasSize(bytes);
    }

    @Test
    void who_fills_it_is_told_once_when_there_is_room_again() throws IOException {
        for (int i = 0; i < 3; i++) {
            assertThat(add(PIECE)).isTrue();
        }
        assertThat(add(PIECE)).isFalse();
        read(2 * PIECE);
        assertThat(drained).hasValue(0);
        read(2 * PIECE);
        assertThat(drained).hasValue(1);
    }

    @Test
    void what_still_comes_after_it_was_full_does_not_make_it_forget_to_say_so() throws IOException {
        for (int i = 0; i < 4; i++) {
            add(PIECE);
        }
        read(PIECE);
        // The connection is not read any more, yet what was read already comes in.
        assertThat(add(1)).isFalse();
        read(3 * PIECE + 1);
        assertThat(drained).hasValue(1);
    }

    @Test
    void it_ends_with_its_last_byte() throws IOException {
        add(1);
        pipe.end();
        read(1);
        assertThat(stream.read()).isEqualTo(-1);
    }
}
