package dev.lockstep.match;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/// An enum's labels as their places in the declared order.
final class LabelOrder implements Ordering.NumberReader {
    private final byte[][] labels;

    LabelOrder(List<String> labels) {
        this.labels = labels.stream().map(label -> label.getBytes(UTF_8)).toArray(byte[][]::new);
    }

    /// @throws IllegalArgumentException for a label that was added since: the table's shape is read
    ///   again before rows that use it are matched, so this is a bug
    @Override
    public long read(byte[] data, int offset, int length) {
        for (int i = 0; i < labels.length; i++) {
            if (Bytes.equal(labels[i], data, offset, length)) {
                return i;
            }
        }
        throw new IllegalArgumentException("an enum's value is not among its labels");
    }
}
