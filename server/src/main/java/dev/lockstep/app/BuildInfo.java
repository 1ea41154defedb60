package dev.lockstep.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// Which build this is.
///
/// @param commit git's short name, or `unknown`
public record BuildInfo(String version, String commit) {

    /// What the build wrote beside this class.
    public static BuildInfo current() {
        Properties properties = new Properties();
        try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BuildInfo(
                properties.getProperty("version", "unknown"),
                properties.getProperty("commit", "unknown"));
    }

    @Override
    public String toString() {
        return commit.equals("unknown") ? version : version + " (" + commit + ")";
    }
}
