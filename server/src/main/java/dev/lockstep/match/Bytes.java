package dev.lockstep.match;

import java.util.Arrays;

/// A byte array as a key, and the hash and equality that slices of rows share with it.
record Bytes(byte[] value) {

    static int hash(byte[] data, int offset, int length) {
        int hash = 1;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + data[i];
        }
        return hash ^ hash >>> 16;
    }

    static boolean equal(byte[] whole, byte[] data, int offset, int length) {
        return whole.length == length
                && Arrays.equals(whole, 0, length, data, offset, offset + length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(value, bytes.value);
    }

    @Override
    public int hashCode() {
        return hash(value, 0, value.length);
    }
}
