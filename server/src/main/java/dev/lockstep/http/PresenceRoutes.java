package dev.lockstep.http;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.channel.Handshake;
import dev.lockstep.channel.Limits;
import dev.lockstep.core.Identity;
import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;

/// Who is present in a topic, for clients that poll.
public final class PresenceRoutes {
    /// Where the answer comes from.
    @FunctionalInterface
    public interface Rooms {
        /// @param restricted whether the topic's private room is meant
        /// @return as `presence_state` has it
        /// @throws FailureException `Forbidden` when the caller may not hear presence there
        String presence(Handshake from, Topic topic, boolean restricted);
    }

    private final TokenVerifier tokens;
    private final Limits limits;
    private final Rooms rooms;

    private PresenceRoutes(TokenVerifier tokens, Limits limits, Rooms rooms) {
        this.tokens = tokens;
        this.limits = limits;
        this.rooms = rooms;
    }

    /// Adds `GET /realtime/v1/presence/:topic`.
    public static void addTo(Routes routes, TokenVerifier tokens, Limits limits, Rooms rooms) {
        PresenceRoutes own = new PresenceRoutes(tokens, limits, rooms);
        routes.add("GET", "/realtime/v1/presence/:topic", own::state);
    }

    private Response state(Request request) {
        String token =
                request.token()
                        .orElseThrow(() ->
                                new FailureException(
                                        new Failure.Unauthenticated(
                                                Failure.Reason.MISSING, "API key is missing")));
        Identity from = tokens.verify(token);
        limits.messages(from, request.peer(), 1);
        boolean restricted =
                request.query("private").filter(word -> word.equalsIgnoreCase("true")).isPresent();
        String state =
                rooms.presence(
                        request.handshake(from),
                        new Topic(Topic.PREFIX + request.parameter("topic")),
                        restricted);
        // Another caller, or the same a second later, is to be told something else.
        return Response.json(200, state).with("cache-control", "no-store");
    }
}
