package dev.lockstep.storage.blob;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;

/// Bytes that were opened. Whoever holds it closes it.
public sealed interface BlobBody extends Closeable {
    long length();

    record InFile(FileChannel file, long offset, long length) implements BlobBody {
        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    record InStream(InputStream in, long length) implements BlobBody {
        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
