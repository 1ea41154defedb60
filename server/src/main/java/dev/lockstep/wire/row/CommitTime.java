package dev.lockstep.wire.row;

import java.time.LocalDate;

/// A commit's time as `YYYY-MM-DDTHH:MM:SS.mmmZ`.
final class CommitTime {
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private CommitTime() {}

    /// @param micros since the Unix epoch; what is below a millisecond is cut off
    static void append(long micros, JsonBuffer out) {
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, MICROS_PER_DAY));
        long millis = Math.floorMod(micros, MICROS_PER_DAY) / 1_000;
        out.put('"').number(date.getYear(), 4).put('-').number(date.getMonthValue(), 2);
        out.put('-').number(date.getDayOfMonth(), 2).put('T').number(millis / 3_600_000, 2);
        out.put(':').number(millis / 60_000 % 60, 2).put(':').number(millis / 1_000 % 60, 2);
        out.put('.').number(millis % 1_000, 3).put('Z').put('"');
    }
}
