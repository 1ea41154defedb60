package dev.lockstep.http;

import dev.lockstep.channel.Handshake;
import dev.lockstep.channel.Outbox;
import dev.lockstep.channel.Session;
import dev.lockstep.channel.SessionFactory;
import dev.lockstep.core.Identity;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// Sessions that remember what they were told.
final class RecordingSessions implements SessionFactory {
    record Opened(
            Outbox outbox,
            Codec codec,
            Identity identity,
            String key,
            List<ClientFrame> frames,
            AtomicInteger drains,
            AtomicInteger ends)
            implements Session {
        @Override
        public void receive(ClientFrame frame) {
            if (frame instanceof ClientFrame.Unknown unknown && unknown.event().equals("boom")) {
                throw new IllegalStateException("boom");
            }
            frames.add(frame);
        }

        @Override
        public void writable() {
            drains.incrementAndGet();
        }

        @Override
        public void closed() {
            ends.incrementAndGet();
        }
    }

    final List<Opened> all = new CopyOnWriteArrayList<>();

    @Override
    public Session open(Outbox outbox, Codec codec, Handshake handshake) {
        Opened opened =
                new Opened(
                        outbox,
                        codec,
                        handshake.identity(),
                        handshake.key(),
                        new CopyOnWriteArrayList<>(),
                        new AtomicInteger(),
                        new AtomicInteger());
        all.add(opened);
        return opened;
    }

    Opened only() {
        Deadline.await("a session", () -> !all.isEmpty());
        return all.getFirst();
    }
}
