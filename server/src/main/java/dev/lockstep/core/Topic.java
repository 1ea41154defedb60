package dev.lockstep.core;

/// A channel's name as it stands on the wire: `realtime:` and what the application chose.
public record Topic(String name) {
    public static final String PREFIX = "realtime:";

    public boolean isRealtime() {
        return name.startsWith(PREFIX);
    }

    /// The application's part, without the prefix.
    public String sub() {
        return isRealtime() ? name.substring(PREFIX.length()) : name;
    }

    @Override
    public String toString() {
        return name;
    }
}
