package dev.lockstep.postgres.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// The operating system and processor, in the words that name the archives of binaries.
record Platform(String os, String processor, String libc) {

    static Platform current() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String processor =
                switch (System.getProperty("os.arch", "")) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64", "arm64" -> "arm_64";
                    case String other -> other;
                };
        if (os.startsWith("linux")) {
            return new Platform("linux", processor, musl() ? "-alpine_linux" : "");
        }
        return new Platform(os.startsWith("mac") ? "darwin" : os, processor, "");
    }

    /// Only Linux has it; elsewhere we ask the JDK about processes.
    static boolean hasProc() {
        return Files.isDirectory(Path.of("/proc/self/fd"));
    }

    String archive() {
        return "postgres-" + os + "-" + processor + libc + ".txz";
    }

    private static boolean musl() {
        return Files.exists(Path.of("/lib/ld-musl-x86_64.so.1"))
                || Files.exists(Path.of("/lib/ld-musl-aarch64.so.1"));
    }
}
