package dev.lockstep.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;

/// Puts an answer on the wire. On the loop.
final class ResponseWriter {
    private ResponseWriter() {}

    static ChannelFuture write(
            Channel channel, Response response, boolean headOnly, boolean keepAlive) {
        HttpResponseStatus status = HttpResponseStatus.valueOf(response.status());
        if (headOnly) {
            HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
            fill(head, response, keepAlive);
            if (response.body().length == 0) {
                // A body that was never made has no length to tell.
                head.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
            }
            channel.write(head);
            return channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        }
        HttpResponse whole =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(response.body()));
        fill(whole, response, keepAlive);
        return channel.writeAndFlush(whole);
    }

    /// The head of a body that ends with the connection.
    static void open(Channel channel, Response head) {
        HttpResponse opening = headOf(head);
        opening.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        channel.write(opening, channel.voidPromise());
    }

    /// What a HEAD request is told of a body whose length nobody knows.
    static ChannelFuture writeHead(Channel channel, Response head, boolean keepAlive) {
        HttpResponse only = headOf(head);
        if (!keepAlive) {
            only.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        channel.write(only);
        return channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    /// The same for a body whose length is known, but which was never opened.
    static ChannelFuture writeHead(Channel channel, Sending sending, boolean keepAlive) {
        channel.write(headOf(sending, keepAlive));
        return channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    /// The head of a body of a known length that follows.
    static void openSized(Channel channel, Sending sending, boolean keepAlive) {
        channel.write(headOf(sending, keepAlive), channel.voidPromise());
    }

    private static HttpResponse headOf(Sending sending, boolean keepAlive) {
        HttpResponse head =
                new DefaultHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(sending.status()));
        sending.headers().forEach((name, value) -> head.headers().set(name, value));
        head.headers().set(HttpHeaderNames.CONTENT_LENGTH, sending.source().length());
        if (!keepAlive) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        return head;
    }

    private static HttpResponse headOf(Response response) {
        HttpResponse head =
                new DefaultHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()));
        response.headers().forEach((name, value) -> head.headers().set(name, value));
        return head;
    }

    private static void fill(HttpResponse target, Response response, boolean keepAlive) {
        response.headers().forEach((name, value) -> target.headers().set(name, value));
        boolean bodiless = response.status() == 204 || response.status() == 304;
        if (!bodiless) {
            target.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
        }
        if (!keepAlive) {
            target.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }
}
