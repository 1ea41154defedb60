package dev.lockstep.app.demo;

import java.io.PrintWriter;
import java.time.Duration;

/// Says what takes time while it takes it.
final class Progress {
    private final PrintWriter out;

    Progress(PrintWriter out) {
        this.out = out;
    }

    /// For a start that nobody watches.
    static Progress silent() {
        return new Progress(new PrintWriter(java.io.Writer.nullWriter()));
    }

    interface Step<T> {
        T run() throws java.io.IOException, InterruptedException;
    }

    /// Runs one step: its name is there before, its time after.
    <T> T step(String name, Step<T> step) throws java.io.IOException, InterruptedException {
        out.printf("  %-28s", name);
        out.flush();
        long begun = System.nanoTime();
        try {
            T result = step.run();
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            out.printf("%5.2f s%n", took.toMillis() / 1000.0);
            return result;
        } catch (RuntimeException | java.io.IOException | InterruptedException e) {
            out.println("failed");
            throw e;
        } finally {
            out.flush();
        }
    }

    void say(String line) {
        out.println(line);
        out.flush();
    }
}
