package dev.lockstep.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;

/// An answer whose body is too large to be held: it is sent from where it lies, as fast as the
/// client takes it. Its source is closed when it was sent, and when it was not.
public record Sending(int status, Map<String, String> headers, Source source) implements Answer {
    public Sending {
        headers = Map.copyOf(headers);
    }

    /// Where a body comes from.
    public sealed interface Source extends AutoCloseable {
        long length();

        /// May be called twice.
        @Override
        void close();

        /// Part of a file: copied by the kernel where nothing has to be encrypted.
        record Region(FileChannel file, long offset, long length) implements Source {
            @Override
            public void close() {
                closed(file);
            }
        }

        /// Bytes that are read on a thread of their own.
        record Bytes(InputStream in, long length) implements Source {
            @Override
            public void close() {
                closed(in);
            }
        }

        private static void closed(Closeable source) {
            try {
                source.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot close what was sent", e);
            }
        }
    }

    @Override
    public Sending with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(headers);
        all.putAll(more);
        return new Sending(status, all, source);
    }
}
