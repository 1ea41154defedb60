package dev.lockstep.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Change;
import dev.lockstep.core.Touched;
import dev.lockstep.error.FailureException;
import dev.lockstep.policy.TopicRights;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the rights of all members of private rooms read again when policies, grants, roles or
/// functions that they stand on have changed. Any thread.
///
/// Definitions are compared as often as is configured, which finds all that lasts. A policy that
/// came and went between two looks leaves them as they were, though somebody may have joined by it;
/// so DDL that the log tells has everybody looked at, once for each look.
final class RightsWatch {
    private static final Logger log = LoggerFactory.getLogger(RightsWatch.class);

    private final TopicRights rights;
    private final Set<Member> members = ConcurrentHashMap.newKeySet();

    /// Held while looking; who finds it held need not look too.
    private final ReentrantLock looking = new ReentrantLock();

    private @Nullable String known;

    private volatile boolean touched;

    RightsWatch(TopicRights rights) {
        this.rights = rights;
    }

    /// Before the member's rights are read: a change afterwards is noticed.
    void add(Member member) {
        members.add(member);
    }

    void remove(Member member) {
        members.remove(member);
    }

    /// The fan-out thread's; never waits.
    void heard(Change.Message message) {
        if (!message.prefix().equals(Touched.DDL_PREFIX)) {
            return;
        }
        String told = new String(message.content(), UTF_8);
        if (told.contains("realtime.messages")
                || told.contains("\"GRANT\"")
                || told.contains("\"REVOKE\"")) {
            touched = true;
        }
    }

    /// Waits for the database.
    void look() {
        if (!looking.tryLock()) {
            return;
        }
        try {
            boolean again = touched;
            touched = false;
            String now = rights.definitions();
            if (!now.equals(known) || again) {
                known = now;
                members.forEach(member -> member.onLoop(member::reconsider));
            }
        } catch (FailureException e) {
            // Without the database nobody gets a new right either.
            touched = true;
            log.atDebug().setCause(e).log("definitions of rights were not read; tried again");
        } finally {
            looking.unlock();
        }
    }
}
