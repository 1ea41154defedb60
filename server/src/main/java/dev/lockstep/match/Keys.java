package dev.lockstep.match;

import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;
import dev.lockstep.match.Ordering.NumberReader;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;

/// Values as 64-bit numbers, by which the index finds filters. Hot; allocates nothing.
///
/// A hash is equal where values are equal; a rank never falls where values rise. Neither holds the
/// whole value, so that different values may share a number: what is found is tested besides. In
/// return no key is kept or compared, and all types are alike.
final class Keys {
    /// Where the hash of a row's columns begins.
    static final long START = 0x9E37_79B9_7F4A_7C15L;

    /// The hash of NULL, which is a value here: `is null` is looked for like any other.
    static final long NULL = 0x5851_F42D_4C95_7F2DL;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long UNSIGNED = Long.MIN_VALUE;
    private static final long DAY = 86_400_000_000L;
    private static final long MOST_DAYS = 100_000_000;

    private Keys() {}

    /// Of values that the matcher itself compares for equality.
    static NumberReader hashes(Column column) {
        return switch (Family.of(column)) {
            case BOOLEAN, INTEGER, TEXT_BY_BYTES, TEXT, UUID, BYTEA, DATE, TIMESTAMP, TIME ->
                    Keys::bytes;
            case ENUM, CANONICAL -> Keys::bytes;
            case PADDED, PADDED_BY_BYTES ->
                    (data, offset, length) ->
                            bytes(data, offset, Ordering.Padded.trimmed(data, offset, length));
            case DECIMAL -> Decimals::hash;
            case TIMESTAMPTZ ->
                    (data, offset, length) -> mix(Moments.timestamp(data, offset, length));
            case TIMETZ ->
                    (data, offset, length) ->
                            join(
                                    Moments.zonedTime(data, offset, length),
                                    Moments.zoneWest(data, offset, length));
            case INTERVAL ->
                    (data, offset, length) ->
                            join(
                                    Moments.intervalDays(data, offset, length),
                                    Moments.intervalRest(data, offset, length));
            // Equality is PostgreSQL's: no test of theirs has values to look for.
            case TEXT_ASKED, OTHER -> (_, _, _) -> 0;
        };
    }

    /// Of values whose order the matcher itself can tell.
    static NumberReader ranks(Column column) {
        return switch (Family.of(column)) {
            case BOOLEAN, TEXT_BY_BYTES -> Keys::prefix;
            case PADDED_BY_BYTES ->
                    (data, offset, length) ->
                            prefix(data, offset, Ordering.Padded.trimmed(data, offset, length));
            case INTEGER -> Moments::integer;
            case DECIMAL -> Decimals::rank64;
            case UUID -> (data, offset, length) -> hex(data, offset, offset + length);
            // After `\x`.
            case BYTEA -> (data, offset, length) -> hex(data, offset + 2, offset + length);
            case DATE -> Moments::date;
            case TIMESTAMP, TIMESTAMPTZ -> Moments::timestamp;
            case TIME -> Moments::time;
            case TIMETZ -> Moments::zonedTime;
            case INTERVAL -> Keys::interval;
            case ENUM -> new LabelOrder(labels(column));
            // Order is PostgreSQL's: no test of theirs has a span.
            case TEXT, PADDED, TEXT_ASKED, CANONICAL, OTHER -> (_, _, _) -> 0;
        };
    }

    /// Whether only equal values have this rank.
    static boolean isExact(Column column, long rank) {
        return switch (Family.of(column)) {
            case INTEGER, DATE, TIMESTAMP, TIMESTAMPTZ, TIME, ENUM -> true;
            case DECIMAL -> rank == 0;
            case BOOLEAN,
                    TEXT_BY_BYTES,
                    TEXT,
                    PADDED_BY_BYTES,
                    PADDED,
                    TEXT_ASKED,
                    UUID,
                    BYTEA,
                    TIMETZ,
                    INTERVAL,
                    CANONICAL,
                    OTHER ->
                    false;
        };
    }

    private static List<String> labels(Column column) {
        return column.type().bare() instanceof PgType.Enumerated type ? type.labels() : List.of();
    }

    /// The hash of one value more.
    static long join(long hash, long value) {
        return mix(hash * 0x9FB2_1C65_1E98_DF25L + value);
    }

    /// David Stafford's variant 13 of the finalizer of MurmurHash3: every bit reaches every other.
    static long mix(long value) {
        long mixed = (value ^ value >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ mixed >>> 31;
    }

    private static long bytes(byte[] data, int offset, int length) {
        long hash = length;
        int at = offset;
        int end = offset + length;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            hash = join(hash, (long) LONGS.get(data, at));
        }
        long rest = 0;
        for (; at < end; at++) {
            rest = rest << 8 | data[at] & 0xFF;
        }
        return join(hash, rest);
    }

    /// The first eight bytes, of which what is missing counts as 0.
    private static long prefix(byte[] data, int offset, int length) {
        long prefix = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            prefix = prefix << 8 | (i < length ? data[offset + i] & 0xFF : 0);
        }
        return prefix ^ UNSIGNED;
    }

    /// The first sixteen digits, of which what is missing counts as 0.
    private static long hex(byte[] data, int from, int end) {
        long number = 0;
        int digits = 0;
        for (int at = from; at < end && digits < 16; at++) {
            int c = data[at];
            if (c != '-') {
                number = number << 4 | (c <= '9' ? c - '0' : c - 'a' + 10) & 0xF;
                digits++;
            }
        }
        return (digits == 0 ? 0 : number << 4 * (16 - digits)) ^ UNSIGNED;
    }

    /// Microseconds; beyond a quarter of a million years all are one.
    private static long interval(byte[] data, int offset, int length) {
        long days = Moments.intervalDays(data, offset, length);
        if (days >= MOST_DAYS) {
            return Long.MAX_VALUE;
        }
        if (days <= -MOST_DAYS) {
            return Long.MIN_VALUE;
        }
        return days * DAY + Moments.intervalRest(data, offset, length);
    }
}
