package dev.lockstep.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// From what a connection brings to requests that can be answered. On its loop.
///
/// A body is collected whole, within its bound; or, where its route takes it as it comes, put into
/// a pipe, and then the request can be answered as soon as its head is there.
final class Receiving {
    private static final byte[] NOTHING = new byte[0];
    private static final DefaultFullHttpResponse CONTINUE =
            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE);

    /// What came of one message.
    sealed interface Step {
        /// A head whose body is collected.
        record Began() implements Step {}

        /// Nothing to do yet.
        record More() implements Step {}

        /// The body that is coming waits to be read.
        record Full() implements Step {}

        /// The body that was coming is there.
        record Ended() implements Step {}

        record Came(Received received) implements Step {}

        record Refused(Response response) implements Step {}
    }

    private static final Step MORE = new Step.More();

    private final ServerParts parts;
    private final Channel channel;
    private final Refusals refusals;
    private final Runnable resume;
    private final RequestBody body;
    private @Nullable HttpRequest head;
    private @Nullable BodyPipe pipe;
    private @Nullable Pace pace;
    private long passed;

    /// @param resume on the loop: the body that is coming may be read on
    Receiving(ServerParts parts, Channel channel, Refusals refusals, Runnable resume) {
        this.parts = parts;
        this.channel = channel;
        this.refusals = refusals;
        this.resume = resume;
        this.body =
                new RequestBody(
                        parts.config().maxBody(), parts.config().maxBodies(), parts.counts());
    }

    /// Whether a request has begun whose body is collected.
    boolean hasBegun() {
        return head != null;
    }

    Step take(Object message) {
        if (message instanceof HttpRequest request) {
            return begin(request);
        }
        return message instanceof HttpContent content ? more(content) : MORE;
    }

    private Step begin(HttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            return new Step.Refused(refusals.unreadable(request.decoderResult().cause()));
        }
        String path = RequestReader.path(request.uri());
        if (hasBody(request) && parts.answerer().streams(path)) {
            return pipe(request);
        }
        if (HttpUtil.getContentLength(request, 0L) > parts.config().maxBody()) {
            return new Step.Refused(refusals.tooLarge());
        }
        if (HttpUtil.is100ContinueExpected(request)) {
            channel.writeAndFlush(CONTINUE.retainedDuplicate());
        }
        head = request;
        return new Step.Began();
    }

    private static boolean hasBody(HttpRequest request) {
        return HttpUtil.isTransferEncodingChunked(request)
                || HttpUtil.getContentLength(request, 0L) > 0;
    }

    private Step pipe(HttpRequest request) {
        if (parts.counts().uploads.incrementAndGet() > parts.config().transfers().maxUploads()) {
            parts.counts().uploads.decrementAndGet();
            return new Step.Refused(refusals.noTransfer("uploads"));
        }
        // Who is refused before anything was read need not send it.
        Runnable wanted =
                HttpUtil.is100ContinueExpected(request)
                        ? () -> channel.writeAndFlush(CONTINUE.retainedDuplicate())
                        : () -> {};
        BodyPipe opened = new BodyPipe(wanted, () -> channel.eventLoop().execute(resume));
        pipe = opened;
        passed = 0;
        pace = parts.config().transfers().pace(parts.config().idleTimeout());
        return new Step.Came(new Received(request, NOTHING, Optional.of(opened)));
    }

    private Step more(HttpContent content) {
        if (pipe == null && head == null) {
            return MORE;
        }
        if (!content.decoderResult().isSuccess()) {
            return broken(content);
        }
        BodyPipe coming = pipe;
        return coming == null ? collect(content) : pour(coming, content);
    }

    private Step broken(HttpContent content) {
        BodyPipe coming = pipe;
        if (coming == null) {
            return new Step.Refused(refusals.unreadable(content.decoderResult().cause()));
        }
        coming.fail("The body is not properly encoded.");
        pipe = null;
        return MORE;
    }

    private Step pour(BodyPipe coming, HttpContent content) {
        ByteBuf bytes = content.content();
        passed += bytes.readableBytes();
        boolean hasRoom = coming.add(bytes.retain());
        if (content instanceof LastHttpContent) {
            coming.end();
            pipe = null;
            return new Step.Ended();
        }
        return hasRoom ? MORE : new Step.Full();
    }

    private Step collect(HttpContent content) {
        return switch (body.add(content.content())) {
            case TOO_LARGE -> new Step.Refused(refusals.tooLarge());
            case NO_ROOM -> new Step.Refused(refusals.noRoom());
            case ADDED -> {
                HttpRequest whole = head;
                if (whole == null || !(content instanceof LastHttpContent)) {
                    yield MORE;
                }
                head = null;
                yield new Step.Came(new Received(whole, body.take(), Optional.empty()));
            }
        };
    }

    /// Every few seconds: who sends a body too slowly is not waited for.
    void look(long now) {
        BodyPipe coming = pipe;
        Pace own = pace;
        if (coming == null || own == null) {
            return;
        }
        if (!coming.isHungry()) {
            own.restart(now, passed);
        } else if (own.isTooSlow(now, passed)) {
            coming.fail("The body did not come in time.");
            pipe = null;
        }
    }

    /// What was received is no longer needed.
    void release(Received received) {
        body.release(received.body());
        received.pipe()
                .ifPresent(done -> {
                    done.abandon();
                    parts.counts().uploads.decrementAndGet();
                });
    }

    /// Forgets what was begun.
    void drop() {
        head = null;
        body.drop();
        BodyPipe coming = pipe;
        if (coming != null) {
            coming.fail("The connection ended before the body did.");
            pipe = null;
        }
    }
}
