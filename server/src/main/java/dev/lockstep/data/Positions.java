package dev.lockstep.data;

import dev.lockstep.core.Lsn;
import dev.lockstep.feed.ChangeFeed;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/// Read your writes: a read that names the position of a write waits until the feed has passed it.
/// Whoever holds a position got it after the COMMIT was acknowledged, so that its transaction is
/// visible to every statement that begins later.
final class Positions {
    static final String HEADER = "lockstep-position";
    private static final Pattern LSN = Pattern.compile("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}");

    private final ChangeFeed feed;
    private final Duration patience;

    Positions(ChangeFeed feed, Duration patience) {
        this.feed = feed;
        this.patience = patience;
    }

    /// @throws RestException when the header is no position, and when the feed does not get there
    void await(RestRequest request) {
        Optional<String> text = request.header(HEADER);
        if (text.isEmpty()) {
            return;
        }
        if (!LSN.matcher(text.get().strip()).matches()) {
            throw RestError.of(
                            400,
                            "request.invalid",
                            "Lockstep-Position is no position of the log, such as 0/16B3748")
                    .thrown();
        }
        Lsn position = Lsn.parse(text.get().strip());
        if (position.equals(Lsn.NONE) || reached(position)) {
            return;
        }
        throw RestError.of(
                        503,
                        "unavailable.position",
                        "The log has not been read up to " + position + " yet.")
                .hint("Wait a little and try again.")
                .with("retry-after", "1")
                .thrown();
    }

    private boolean reached(Lsn position) {
        try {
            return feed.awaitBeyond(new Lsn(position.value() - 1), patience)
                    && !feed.head().isBefore(position);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
