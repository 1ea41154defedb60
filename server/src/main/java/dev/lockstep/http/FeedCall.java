package dev.lockstep.http;

import dev.lockstep.channel.Handshake;
import dev.lockstep.channel.Outbox;
import dev.lockstep.channel.Session;
import dev.lockstep.channel.SessionFactory;
import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.Codec;
import dev.lockstep.wire.FeedRequest;
import dev.lockstep.wire.JoinConfig;
import dev.lockstep.wire.RawJson;
import dev.lockstep.wire.Ref;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Somebody who asks for feeds over HTTP, as the channels see him: a connection that joins once and
/// says nothing more.
///
/// @param requestId of the request that asked
record FeedCall(
        SessionFactory sessions, Handshake handshake, List<FeedRequest> feeds, String requestId) {
    /// One for all, so that whoever asks the same shares what is said. Rooms of this name are
    /// nobody's: nothing that is said in one is heard here.
    private static final Topic TOPIC = new Topic(Topic.PREFIX + "http:feeds");

    private static final Ref REF = new Ref("\"1\"");
    private static final String BUG = "Unknown Error";
    private static final Duration WAIT = Duration.ofSeconds(1);

    FeedCall {
        feeds = List.copyOf(feeds);
    }

    /// On the outbox's loop. The answer to the join may come before this returns.
    Session open(Outbox outbox, Codec codec) {
        return sessions.open(outbox, codec, handshake);
    }

    ClientFrame join() {
        return new ClientFrame.Join(REF, REF, TOPIC, JoinConfig.of(feeds), Optional.empty());
    }

    FeedPositions positions() {
        return new FeedPositions(feeds.stream().map(FeedRequest::since).toList());
    }

    /// The `feeds` of a join's answer: what was asked for, with ids and keys.
    static String echo(String response) {
        return RawJson.members(response).getOrDefault("feeds", "[]");
    }

    static List<Integer> ids(String echo) {
        return RawJson.elements(echo).stream()
                .map(feed -> RawJson.number(RawJson.members(feed).getOrDefault("id", "null")))
                .map(OptionalLong::orElseThrow)
                .map(Math::toIntExact)
                .toList();
    }

    /// A refused join as HTTP says it.
    Response refused(String response) {
        Map<String, String> said = RawJson.members(response);
        String message = text(said, "reason").orElse("The feed could not be opened.");
        // The channel protocol has words without a code; all but one blame the question.
        String code =
                text(said, "code").orElse(message.startsWith(BUG) ? "internal" : "request.invalid");
        int status = status(code);
        Response answer =
                FailureAnswer.body(
                        status,
                        code,
                        message,
                        text(said, "hint").orElse(hint(status)),
                        said.getOrDefault("details", "{}"),
                        requestId);
        return status == 429 || status == 503
                ? answer.with("retry-after", said.getOrDefault("retryAfter", "1"))
                : answer;
    }

    Response unavailable(String dependency, String words) {
        return FailureAnswer.of(new Failure.Unavailable(dependency, words, WAIT), requestId);
    }

    private static Optional<String> text(Map<String, String> said, String name) {
        return RawJson.text(said.getOrDefault(name, "null"));
    }

    /// The inverse of what [Failure] says, for a failure that has been through a channel.
    private static int status(String code) {
        return switch (code.substring(0, Math.max(0, code.indexOf('.')))) {
            case "request" -> 400;
            case "auth" -> 401;
            case "policy" -> 403;
            case "data", "route" -> 404;
            case "limit" -> 429;
            case "unavailable" -> 503;
            default -> 500;
        };
    }

    private static String hint(int status) {
        return switch (status) {
            case 400 -> "Correct the question; asking it again as it is will not help.";
            case 401 -> "Fetch a fresh token and come back with it.";
            case 403 -> "Ask whoever administers this application for the right.";
            case 404 -> "Check the name of the table.";
            case 429, 503 -> "Wait a little and try again.";
            default -> "Quote the request id to whoever runs this server.";
        };
    }
}
