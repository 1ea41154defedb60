package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.auth.TokenVerifier;
import dev.lockstep.channel.Limits;
import dev.lockstep.core.Identity;
import dev.lockstep.core.Topic;
import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.BroadcastMessage;
import dev.lockstep.wire.BroadcastMessage.Form;
import dev.lockstep.wire.Payloads;
import dev.lockstep.wire.RawJson;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/// Broadcasts by REST: a batch, and a single message whose body is the payload itself. Answers in
/// the reference's words, not in ours, because its clients read them.
public final class BroadcastRoutes {
    /// The reference's default: 3000 KB, and 500 bytes for what is around the payload.
    static final int MAX_PAYLOAD = 3_000_500;

    static final String TOO_LARGE = "Payload size exceeds tenant limit";
    private static final Response UNAUTHORIZED =
            Response.json(401, "{\"message\":\"Unauthorized\"}");

    private final TokenVerifier tokens;
    private final Limits limits;
    private final Broadcaster broadcaster;

    private BroadcastRoutes(TokenVerifier tokens, Limits limits, Broadcaster broadcaster) {
        this.tokens = tokens;
        this.limits = limits;
        this.broadcaster = broadcaster;
    }

    /// Adds both forms, under the path of supabase-js and under the native one.
    public static void addTo(
            Routes routes, TokenVerifier tokens, Limits limits, Broadcaster broadcaster) {
        BroadcastRoutes own = new BroadcastRoutes(tokens, limits, broadcaster);
        for (String root : new String[] {"/realtime/v1/api/broadcast", "/api/broadcast"}) {
            routes.add("POST", root, request -> own.as(request, who -> own.batch(request, who)));
            routes.add(
                    "POST",
                    root + "/:topic/events/:event",
                    request -> own.as(request, who -> own.single(request, who)));
        }
    }

    private Response as(Request request, Function<Identity, Response> answer) {
        Optional<String> token = request.token();
        if (token.isEmpty()) {
            return UNAUTHORIZED;
        }
        try {
            Identity who = tokens.verify(token.get());
            return rated(answered(who, answer), limits.messagesUsed(who, request.peer()));
        } catch (FailureException e) {
            return switch (e.failure()) {
                case Failure.Unauthenticated _ -> UNAUTHORIZED;
                case Failure.Forbidden _ -> Response.json(403, "{\"message\":\"Unauthorized\"}");
                case Failure.Invalid _,
                        Failure.NotFound _,
                        Failure.ResumeExpired _,
                        Failure.TooMany _,
                        Failure.Unavailable _,
                        Failure.Internal _ ->
                        throw e;
            };
        }
    }

    private static Response answered(Identity who, Function<Identity, Response> answer) {
        try {
            return answer.apply(who);
        } catch (FailureException e) {
            if (e.failure() instanceof Failure.TooMany limit) {
                String wait = Long.toString(Payloads.seconds(limit.retryAfter()));
                return Response.json(429, Payloads.message(limit)).with("retry-after", wait);
            }
            throw e;
        }
    }

    /// The reference's headers; absent where nothing is limited.
    private static Response rated(Response response, Limits.Use use) {
        return use.limit() == 0
                ? response
                : response.with("x-rate-limit", Long.toString(use.limit()))
                        .with("x-rate-rolling", Long.toString(use.used()))
                        .with("x-rate-limit-remaining", Long.toString(use.left()));
    }

    private Response batch(Request request, Identity from) {
        return switch (BroadcastBatch.read(text(request))) {
            case BroadcastBatch.Refused(var errors) ->
                    Response.json(422, "{\"errors\":" + errors + "}");
            case BroadcastBatch.Messages(var messages) -> {
                limits.messages(from, request.peer(), messages.size());
                Broadcaster.Voice voice = broadcaster.voice(request.handshake(from));
                messages.forEach(entry -> sendOrDrop(voice, entry));
                yield Response.empty(202);
            }
        };
    }

    /// Without the right to write a private message vanishes and the batch succeeds.
    private static void sendOrDrop(Broadcaster.Voice voice, BroadcastBatch.Entry entry) {
        try {
            voice.broadcast(entry.topic(), entry.restricted(), entry.message());
        } catch (FailureException e) {
            if (!(e.failure() instanceof Failure.Forbidden)) {
                throw e;
            }
        }
    }

    private Response single(Request request, Identity from) {
        Optional<Form> form = form(request);
        if (form.isEmpty()) {
            return Response.json(
                    415,
                    "{\"error\":\"Unsupported Media Type. Use application/json or"
                            + " application/octet-stream\"}");
        }
        byte[] payload = form.get() == Form.JSON ? json(request) : request.body();
        if (payload.length > MAX_PAYLOAD) {
            return Response.json(422, "{\"errors\":{\"payload\":[\"" + TOO_LARGE + "\"]}}");
        }
        limits.messages(from, request.peer(), 1);
        boolean restricted =
                request.query("private").filter(word -> word.equalsIgnoreCase("true")).isPresent();
        broadcaster
                .voice(request.handshake(from))
                .broadcast(
                        new Topic(Topic.PREFIX + request.parameter("topic")),
                        restricted,
                        new BroadcastMessage(
                                request.parameter("event"), form.get(), payload, Optional.empty()));
        return Response.empty(202);
    }

    private static Optional<Form> form(Request request) {
        String type =
                request.header("content-type")
                        .map(value -> value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                        .orElse("");
        return switch (type) {
            case "application/json" -> Optional.of(Form.JSON);
            case "application/octet-stream" -> Optional.of(Form.BYTES);
            case "" ->
                    Optional.of(RawJson.isValue(lenient(request.body())) ? Form.JSON : Form.BYTES);
            default -> Optional.empty();
        };
    }

    /// An object as it was written; the reference wraps any other value.
    private static byte[] json(Request request) {
        String text = text(request);
        if (text.isBlank()) {
            return "{}".getBytes(UTF_8);
        }
        if (!RawJson.isValue(text)) {
            throw notJson();
        }
        return text.stripLeading().startsWith("{")
                ? request.body()
                : ("{\"_json\":" + text.strip() + "}").getBytes(UTF_8);
    }

    private static String lenient(byte[] body) {
        return new String(body, UTF_8);
    }

    private static String text(Request request) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(request.body())).toString();
        } catch (CharacterCodingException _) {
            throw notJson();
        }
    }

    static FailureException notJson() {
        return new FailureException(new Failure.Invalid("", "The body is not JSON."));
    }
}
