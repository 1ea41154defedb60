package dev.lockstep.feed;

/// The window's bounds in bytes, and where work towards them begins and ends: some way before the
/// bound, so that it can go on beside the appender; and for a while, so that it comes in batches.
///
/// @param bytes changes and entries, in the heap and on disk; beyond it the oldest leave
/// @param heap changes and entries in the heap; beyond it the oldest changes go to disk
/// @param refusedHeap the same while the disk refuses: the oldest leave
/// @param entries heap taken by the entries themselves, which stay there while their changes are on
///   disk; beyond it the oldest leave
record Bounds(Range bytes, Range heap, Range refusedHeap, Range entries) {

    /// Above `hard` the appender waits, above `soft` work is due, at `target` it is done.
    record Range(long hard, long soft, long target) {
        /// In parts of a 32th.
        static Range of(long bound, int soft, int target) {
            return new Range(bound, bound / 32 * soft, bound / 32 * target);
        }
    }

    static Bounds of(FeedConfig config) {
        return new Bounds(
                Range.of(config.maxBytes(), 31, 30),
                Range.of(config.maxHeap(), 24, 16),
                Range.of(config.maxHeap(), 24, 22),
                Range.of(config.maxHeap(), 16, 15));
    }

    /// Where moving to disk ends: however many entries there are, some changes stay in the heap,
    /// for the readers near the head.
    long heapTarget(Window window) {
        return Math.max(heap.target, window.entryBytes() + heap.hard / 8);
    }

    /// Work is due.
    boolean near(Window window) {
        return window.heapBytes() > heap.soft
                || window.bytes() > bytes.soft
                || window.entryBytes() > entries.soft;
    }

    /// The appender has to wait. One transaction alone is always kept: it has to pass somehow.
    boolean exceeded(Window window) {
        return window.size() > 1 && (window.heapBytes() > heap.hard || window.bytes() > bytes.hard);
    }
}
