package dev.lockstep.channel;

import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.ChangesBinding;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.FeedRequest;
import dev.lockstep.wire.JoinConfig;
import dev.lockstep.wire.Payloads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The cold half of a join: token to identity, filters compiled or refused. On a virtual thread;
/// its outcome goes back to the member's loop.
final class Joining {
    private static final Logger log = LoggerFactory.getLogger(Joining.class);

    /// What a member gets.
    ///
    /// @param changes its `postgres_changes`, when it asked for some and none was refused
    /// @param problem why they were refused, in the reference's words; the channel is joined all
    ///   the same
    /// @param entry how it enters its topic's room
    /// @param reply the join's answer
    record Admission(
            Identity identity,
            String token,
            Optional<ChangesResolver.Resolved> changes,
            Optional<String> problem,
            List<FeedResolver.Resolved> feeds,
            List<Optional<String>> since,
            RoomDoor.Entry entry,
            String reply) {}

    private final Member member;
    private final ClientFrame.Join join;
    private final Identity fallback;
    private final String key;

    /// @param fallback whom the connection's API key speaks for, and `key`, its text
    Joining(Member member, ClientFrame.Join join, Identity fallback, String key) {
        this.member = member;
        this.join = join;
        this.fallback = fallback;
        this.key = key;
    }

    void run() {
        try {
            Admission admission = admit();
            member.onLoop(() -> member.admitted(admission));
        } catch (FailureException e) {
            refuse(response(e.failure(), join.config()));
        } catch (RuntimeException e) {
            log.atError().setCause(e).addKeyValue("topic", join.topic()).log("join failed");
            refuse(Payloads.reason("Unknown Error on Channel"));
        }
    }

    /// Those who ask for feeds are told the code too; for others the reference's words are all.
    static String response(Failure failure, JoinConfig config) {
        if (config.feeds().isEmpty()) {
            return Payloads.reason(reason(failure));
        }
        return failure instanceof Failure.TooMany limit
                ? Payloads.reason(reason(failure), limit)
                : Payloads.reason(reason(failure), failure.code());
    }

    private void refuse(String response) {
        log.atDebug()
                .addKeyValue("topic", join.topic())
                .addKeyValue("response", response)
                .log("join refused");
        member.onLoop(() -> member.refused(response));
    }

    private static String reason(Failure failure) {
        return switch (failure) {
            case Failure.Unauthenticated unauthenticated -> Member.reason(unauthenticated);
            case Failure.Unavailable(_, var message, _) -> "UnableToConnectToProject: " + message;
            case Failure.Invalid _,
                    Failure.Forbidden _,
                    Failure.NotFound _,
                    Failure.ResumeExpired _,
                    Failure.TooMany _,
                    Failure.Internal _ ->
                    failure.message();
        };
    }

    private Admission admit() {
        JoinConfig config = join.config();
        RoomDoor.checkKind(config, member.hub().config().rooms());
        Optional<String> own = join.accessToken().filter(text -> !text.startsWith("sb_"));
        Identity identity = own.map(member.hub().verifier()::verify).orElse(fallback);
        RoomDoor.Entry entry =
                RoomDoor.admit(
                        member.hub(),
                        member.room(),
                        member.callerOf(identity),
                        join.topic(),
                        config);
        List<FeedResolver.Resolved> feeds = feeds(identity, config.feeds());
        Optional<ChangesResolver.Resolved> changes = Optional.empty();
        Optional<String> problem = Optional.empty();
        if (!config.changes().isEmpty()) {
            try {
                changes = Optional.of(resolve(member, identity));
            } catch (FailureException e) {
                if (config.awaitSubscription()) {
                    throw refusal("RealtimeDisabledForConfiguration: " + e.failure().message());
                }
                problem = Optional.of(e.failure().message());
            }
        }
        return new Admission(
                identity,
                own.orElse(key),
                changes,
                problem,
                feeds,
                config.feeds().stream().map(FeedRequest::since).toList(),
                entry,
                Payloads.joined(echoes(config.changes()), echoes(config.feeds(), feeds)));
    }

    /// The member's `postgres_changes` under the rights of this moment.
    static ChangesResolver.Resolved resolve(Member member, Identity identity) {
        return member.hub()
                .resolver()
                .changes(
                        member.codec(),
                        member.topic(),
                        member.callerOf(identity),
                        member.config().changes());
    }

    private List<FeedResolver.Resolved> feeds(Identity identity, List<FeedRequest> requests) {
        if (requests.size() > member.hub().config().feedsPerChannel()) {
            throw refusal(
                    "feeds: "
                            + requests.size()
                            + " are more than the "
                            + member.hub().config().feedsPerChannel()
                            + " that a channel may have");
        }
        List<Integer> ids = QuestionIds.ofFeeds(requests);
        List<FeedResolver.Resolved> feeds = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            feeds.add(
                    member.hub()
                            .resolver()
                            .feed(
                                    member.codec(),
                                    member.topic(),
                                    member.callerOf(identity),
                                    requests.get(i),
                                    ids.get(i)));
        }
        return feeds;
    }

    private static List<String> echoes(List<ChangesBinding> bindings) {
        List<Integer> ids = QuestionIds.of(bindings);
        List<String> echoes = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            echoes.add(bindings.get(i).echo(ids.get(i)));
        }
        return echoes;
    }

    private static List<String> echoes(
            List<FeedRequest> requests, List<FeedResolver.Resolved> feeds) {
        List<String> echoes = new ArrayList<>();
        for (int i = 0; i < feeds.size(); i++) {
            FeedResolver.Resolved feed = feeds.get(i);
            echoes.add(Payloads.feed(requests.get(i), feed.draft().id(), feed.key()));
        }
        return echoes;
    }

    private static FailureException refusal(String words) {
        return new FailureException(new Failure.Invalid("", words));
    }
}
