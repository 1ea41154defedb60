package dev.lockstep.match;

/// Dates, times and intervals as numbers that stand in PostgreSQL's order. They read what
/// PostgreSQL prints in ISO style (intervals in style `postgres`) and throw
/// [IllegalArgumentException] on anything else.
final class Moments {
    private static final long SECOND = 1_000_000;
    private static final long DAY = 86_400 * SECOND;
    private static final int DAYS_TO_2000 = 10_957;

    private Moments() {}

    static long integer(byte[] data, int offset, int length) {
        int at = offset;
        int end = offset + length;
        boolean negative = length > 0 && data[at] == '-';
        if (negative) {
            at++;
        }
        // Negative, because there is one more of them.
        long number = 0;
        for (; at < end; at++) {
            number = 10 * number - (data[at] - '0');
        }
        return negative ? number : -number;
    }

    /// Days since 2000-01-01; infinities are the ends of the range.
    static long date(byte[] data, int offset, int length) {
        long end = infinity(data, offset, length);
        return end != 0 ? end : new Cursor(data, offset, length).date(isBc(data, offset, length));
    }

    /// Microseconds since 2000-01-01 00:00, in UTC when a zone is given.
    static long timestamp(byte[] data, int offset, int length) {
        long end = infinity(data, offset, length);
        if (end != 0) {
            return end;
        }
        Cursor cursor = new Cursor(data, offset, length);
        long days = cursor.date(isBc(data, offset, length));
        cursor.expect(' ');
        return days * DAY + cursor.time() - cursor.zone() * SECOND;
    }

    /// Microseconds since midnight; 24:00:00 is after all others.
    static long time(byte[] data, int offset, int length) {
        return new Cursor(data, offset, length).time();
    }

    /// A `timetz` as microseconds since midnight UTC, not wrapped.
    static long zonedTime(byte[] data, int offset, int length) {
        Cursor cursor = new Cursor(data, offset, length);
        return cursor.time() - cursor.zone() * SECOND;
    }

    /// A `timetz`'s zone in seconds west of Greenwich: decides between equal instants.
    static long zoneWest(byte[] data, int offset, int length) {
        Cursor cursor = new Cursor(data, offset, length);
        cursor.time();
        return -cursor.zone();
    }

    /// Whole days of an interval, with months of 30 days and days of 24 hours, as PostgreSQL
    /// compares them.
    static long intervalDays(byte[] data, int offset, int length) {
        long end = infinity(data, offset, length);
        if (end != 0) {
            return end;
        }
        Cursor cursor = new Cursor(data, offset, length);
        long days = cursor.intervalDays();
        return days + Math.floorDiv(cursor.intervalTime(), DAY);
    }

    /// Microseconds of an interval beyond [#intervalDays].
    static long intervalRest(byte[] data, int offset, int length) {
        if (infinity(data, offset, length) != 0) {
            return 0;
        }
        Cursor cursor = new Cursor(data, offset, length);
        cursor.intervalDays();
        return Math.floorMod(cursor.intervalTime(), DAY);
    }

    private static long infinity(byte[] data, int offset, int length) {
        if (length > 0 && data[offset] == 'i') {
            return Long.MAX_VALUE;
        }
        return length > 1 && data[offset] == '-' && data[offset + 1] == 'i' ? Long.MIN_VALUE : 0;
    }

    private static boolean isBc(byte[] data, int offset, int length) {
        return length > 0 && data[offset + length - 1] == 'C';
    }

    /// A place in a value. Escape analysis keeps it off the heap.
    private static final class Cursor {
        private final byte[] data;
        private final int end;
        private int at;

        Cursor(byte[] data, int offset, int length) {
            this.data = data;
            this.at = offset;
            this.end = offset + length;
        }

        private int peek() {
            return at < end ? data[at] : -1;
        }

        void expect(char c) {
            if (peek() != c) {
                throw unreadable();
            }
            at++;
        }

        private long number() {
            int start = at;
            long number = 0;
            while (peek() >= '0' && peek() <= '9') {
                number = 10 * number + data[at++] - '0';
            }
            if (at == start) {
                throw unreadable();
            }
            return number;
        }

        long date(boolean bc) {
            long year = number();
            expect('-');
            long month = number();
            expect('-');
            long day = number();
            return daysFromCivil(bc ? 1 - year : year, month, day) - DAYS_TO_2000;
        }

        /// `HH:MM:SS.ffffff`, any number of hours.
        long time() {
            long hours = number();
            expect(':');
            long minutes = number();
            expect(':');
            long micros = ((hours * 60 + minutes) * 60 + number()) * SECOND;
            if (peek() == '.') {
                at++;
                long unit = SECOND;
                while (peek() >= '0' && peek() <= '9') {
                    unit /= 10;
                    micros += unit * (data[at++] - '0');
                }
            }
            return micros;
        }

        /// Seconds east of Greenwich; 0 when no zone follows.
        long zone() {
            int sign = peek();
            if (sign != '+' && sign != '-') {
                return 0;
            }
            at++;
            long seconds = number() * 3600;
            if (peek() == ':') {
                at++;
                seconds += number() * 60;
            }
            if (peek() == ':') {
                at++;
                seconds += number();
            }
            return sign == '-' ? -seconds : seconds;
        }

        /// The part before the time: `1 year -2 mons +3 days `.
        long intervalDays() {
            long days = 0;
            while (at < end && !isTime()) {
                boolean negative = sign();
                long count = number();
                expect(' ');
                long unit =
                        switch (peek()) {
                            case 'y' -> 360;
                            case 'm' -> 30;
                            case 'd' -> 1;
                            default -> throw unreadable();
                        };
                while (at < end && data[at] != ' ') {
                    at++;
                }
                if (at < end) {
                    at++;
                }
                days += negative ? -count * unit : count * unit;
            }
            return days;
        }

        long intervalTime() {
            if (at == end) {
                return 0;
            }
            boolean negative = sign();
            long micros = time();
            return negative ? -micros : micros;
        }

        private boolean sign() {
            boolean negative = peek() == '-';
            if (negative || peek() == '+') {
                at++;
            }
            return negative;
        }

        private boolean isTime() {
            for (int i = at; i < end && data[i] != ' '; i++) {
                if (data[i] == ':') {
                    return true;
                }
            }
            return false;
        }

        private IllegalArgumentException unreadable() {
            return new IllegalArgumentException("a date, time or interval is not in ISO style");
        }
    }

    /// Howard Hinnant's `days_from_civil`: days since 1970-01-01 in the proleptic Gregorian
    /// calendar.
    private static long daysFromCivil(long year, long month, long day) {
        long y = month <= 2 ? year - 1 : year;
        long era = Math.floorDiv(y, 400);
        long yearOfEra = y - era * 400;
        long dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        long dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return era * 146_097 + dayOfEra - 719_468;
    }
}
