package dev.lockstep.storage.blob;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import software.amazon.awssdk.core.ResponseInputStream;

/// A store's answer that may be left before its end: the rest is not fetched then, and no
/// connection stays behind. An answer that ends too early is a failure. One thread at a time.
final class Abortable extends FilterInputStream {
    private final ResponseInputStream<?> body;
    private long left;

    /// @param length what has to come
    Abortable(ResponseInputStream<?> body, long length) {
        super(body);
        this.body = body;
        this.left = length;
    }

    @Override
    public int read() throws IOException {
        int one = super.read();
        came(one < 0 ? -1 : 1);
        return one;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        came(count);
        return count;
    }

    private void came(int count) throws EOFException {
        if (count >= 0) {
            left -= count;
        } else if (left > 0) {
            throw new EOFException("the store's answer ended " + left + " bytes too early");
        }
    }

    @Override
    public void close() throws IOException {
        if (left > 0) {
            body.abort();
        } else {
            body.close();
        }
    }
}
