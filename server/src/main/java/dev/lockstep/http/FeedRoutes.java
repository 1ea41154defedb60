package dev.lockstep.http;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.channel.Handshake;
import dev.lockstep.channel.SessionFactory;
import dev.lockstep.core.Identity;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.FeedRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Live feeds for clients that cannot open a WebSocket: a stream of events, or polls that wait; and
/// tickets for streams whose client can send no headers.
public final class FeedRoutes {
    private static final String PATH = "/realtime/v1/feed";
    private static final int DEFAULT_WAIT = 25;
    private static final int MAX_WAIT = 60;
    private static final Set<String> STREAMS = Set.of("text/event-stream", "text/*", "*/*");
    private static final Response POLL_HEAD =
            new Response(
                    200,
                    Map.of(
                            "content-type", "application/json; charset=utf-8",
                            "cache-control", "no-store"),
                    new byte[0]);

    private final HttpConfig config;
    private final TokenVerifier tokens;
    private final SessionFactory sessions;
    private final FeedStreams streams;
    private final Tickets tickets;

    private FeedRoutes(
            HttpConfig config,
            TokenVerifier tokens,
            SessionFactory sessions,
            InstantSource clock,
            SecureRandom random) {
        this.config = config;
        this.tokens = tokens;
        this.sessions = sessions;
        this.streams = new FeedStreams(config.feeds(), config.idleTimeout(), clock, random);
        this.tickets = new Tickets(config.feeds().maxTickets(), random, clock);
    }

    /// @param sessions the channels, which see each stream and poll as one more connection
    /// @param random tickets are made of it
    public static void addTo(
            Routes routes,
            HttpConfig config,
            TokenVerifier tokens,
            SessionFactory sessions,
            InstantSource clock,
            SecureRandom random) {
        FeedRoutes own = new FeedRoutes(config, tokens, sessions, clock, random);
        routes.add("GET", PATH, own::feed)
                .add("POST", PATH, own::feed)
                .add("POST", "/realtime/v1/ticket", own::ticket);
    }

    private Answer feed(Request request) {
        boolean polls = polls(request);
        List<FeedRequest> feeds = FeedQuestions.read(request);
        Duration wait =
                Duration.ofSeconds(
                        FeedQuestions.number(request, "wait", MAX_WAIT).orElse(DEFAULT_WAIT));
        FeedCall call = new FeedCall(sessions, handshake(request), feeds, request.id());
        return polls
                ? new Waiting(POLL_HEAD, line -> new FeedPoll(line, call, streams, wait))
                : new Waiting(FeedStreams.HEAD, line -> new FeedStream(line, call, streams));
    }

    /// Whether one answer is wanted instead of a stream.
    private static boolean polls(Request request) {
        List<String> accepted =
                Arrays.stream(request.header("accept").orElse("*/*").split(","))
                        .map(part -> part.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                        .toList();
        if (accepted.contains("text/event-stream")) {
            return false;
        }
        if (accepted.contains("application/json")) {
            return true;
        }
        if (accepted.stream().noneMatch(STREAMS::contains)) {
            throw new FailureException(
                    new Failure.Invalid(
                            "Accept", "must allow text/event-stream or application/json"));
        }
        return false;
    }

    // Who asks

    /// A ticket counts before an API key, which gateways want beside it.
    private Handshake handshake(Request request) {
        Optional<String> bearer = request.bearer();
        Optional<String> ticket = request.query("ticket");
        if (bearer.isEmpty() && ticket.isPresent()) {
            return handshake(request, ofTicket(request, ticket.get()), "");
        }
        String key =
                bearer.or(() -> request.header("apikey"))
                        .or(() -> request.query("apikey"))
                        .orElseThrow(FeedRoutes::missing);
        return handshake(request, tokens.verify(key), key);
    }

    private static Handshake handshake(Request request, Identity identity, String key) {
        return new Handshake(identity, key, request.xHeadersJson(), request.peer());
    }

    private Identity ofTicket(Request request, String ticket) {
        if (request.header("origin").filter(origin -> !config.allowsOrigin(origin)).isPresent()) {
            throw new FailureException(new Failure.Forbidden("use a ticket", "from this origin"));
        }
        // Asking for the head uses nothing up.
        Identity identity =
                (request.method().equals("HEAD") ? tickets.look(ticket) : tickets.redeem(ticket))
                        .orElseThrow(() ->
                                refused(
                                        Failure.Reason.MALFORMED,
                                        "The ticket was used, is older than a minute, or never"
                                                + " was one"));
        if (streams.hasExpired(identity)) {
            throw refused(Failure.Reason.EXPIRED, "The ticket's token has expired");
        }
        return identity;
    }

    private Answer ticket(Request request) {
        String token = request.token().orElseThrow(FeedRoutes::missing);
        Identity identity = tokens.verify(token);
        String holder =
                identity.claims().get("sub") instanceof String sub && !sub.isEmpty()
                        ? "sub " + sub
                        : "at " + request.peer();
        return Response.json(
                        200,
                        "{\"ticket\":\""
                                + tickets.issue(identity, holder)
                                + "\",\"expiresIn\":"
                                + Tickets.LIFE.toSeconds()
                                + "}")
                .with("cache-control", "no-store");
    }

    private static FailureException missing() {
        return refused(Failure.Reason.MISSING, "A token or an API key is missing");
    }

    private static FailureException refused(Failure.Reason reason, String words) {
        return new FailureException(new Failure.Unauthenticated(reason, words));
    }
}
