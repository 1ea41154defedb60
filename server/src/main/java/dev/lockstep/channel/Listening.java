package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What one member hears of the log: its `postgres_changes`, and its live feeds. All state is the
/// loop's; what waits runs on virtual threads and comes back by the loop.
final class Listening {
    private final Member member;
    private final List<LiveFeed> feeds = new ArrayList<>();
    private final BoundChanges changes;

    Listening(Member member) {
        this.member = member;
        this.changes = new BoundChanges(member);
    }

    /// @param live runs before anything is said of `postgres_changes`
    void begin(Joining.Admission admission, Runnable live) {
        admission.changes().ifPresent(resolved -> changes.begin(resolved, live));
        for (int i = 0; i < admission.feeds().size(); i++) {
            FeedResolver.Resolved resolved = admission.feeds().get(i);
            LiveFeed feed =
                    new LiveFeed(member, member.config().feeds().get(i), resolved.draft().id());
            feeds.add(feed);
            feed.open(resolved, admission.since().get(i));
        }
    }

    void seated(Seat seat) {
        changes.seated(seat);
    }

    /// The seat cannot be told what stands at `position`: its connection is full, or it was
    /// recalled.
    void stalled(Seat seat, Position position) {
        detach(seat);
        if (changes.has(seat)) {
            changes.stalled(seat, position);
            return;
        }
        LiveFeed feed = feedOf(seat);
        if (feed != null) {
            feed.stalled(seat, position);
        }
    }

    /// @param heard everything up to here was sent; NONE where that cannot be said
    void dismissed(Seat seat, Dismissal reason, Position heard) {
        Optional<Position> from =
                heard.after().equals(Lsn.NONE) ? Optional.empty() : Optional.of(heard);
        seat.close();
        if (changes.has(seat)) {
            changes.dismissed(seat, reason, from);
            return;
        }
        LiveFeed feed = feedOf(seat);
        if (feed != null) {
            feed.dismissed(seat, reason, from);
        }
    }

    /// The member has a new token: everything is asked anew, and goes on where it stood as far as
    /// the new rights are the old ones. From here on nothing is said under the old ones.
    void renewed() {
        changes.renewed();
        feeds.forEach(LiveFeed::renewed);
    }

    void end() {
        changes.end();
        feeds.forEach(LiveFeed::end);
    }

    private void detach(Seat seat) {
        seat.close();
        member.hub().fanOut().post(new FanOut.Command.Detach(seat));
    }

    private @Nullable LiveFeed feedOf(Seat seat) {
        for (LiveFeed feed : feeds) {
            if (feed.has(seat)) {
                return feed;
            }
        }
        return null;
    }
}
