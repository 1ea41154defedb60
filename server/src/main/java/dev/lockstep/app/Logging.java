package dev.lockstep.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/// How much of our own log people see on standard error.
public enum Logging {
    /// Only what somebody must know: while a command speaks to its user itself.
    WARNINGS,
    /// Start, stop and take-over as well.
    EVENTS;

    /// From now on; does nothing under another logging library than ours.
    public void apply() {
        if (LoggerFactory.getLogger("dev.lockstep") instanceof Logger ours) {
            ours.setLevel(
                    switch (this) {
                        case WARNINGS -> Level.WARN;
                        case EVENTS -> Level.INFO;
                    });
        }
    }
}
