package dev.lockstep.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What Linux says that a process has used.
///
/// @param cpuMicros user and system time since it started, in steps of the kernel's clock tick
/// @param residentBytes memory now
/// @param peakBytes the most memory that it ever had
record ProcessUsage(long cpuMicros, long residentBytes, long peakBytes) {
    private static final long MICROS_PER_TICK = 10_000;

    static ProcessUsage of(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        // The name in parentheses may hold blanks; field 3 follows it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        long resident = 0;
        long peak = 0;
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                resident = kilobytes(line);
            } else if (line.startsWith("VmHWM:")) {
                peak = kilobytes(line);
            }
        }
        return new ProcessUsage(ticks * MICROS_PER_TICK, resident, peak);
    }

    private static long kilobytes(String line) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }
}
