package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.storage.StorageAnswer;
import dev.lockstep.storage.StorageApi;
import dev.lockstep.storage.StorageRequest;
import dev.lockstep.storage.blob.BlobBody;
import java.io.InputStream;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;

/// The place of files: `/storage/v1`. It answers in its own protocol's words, refusals included.
public final class StorageRoutes {
    private static final String ROOT = "/storage/v1";

    private StorageRoutes() {}

    /// Adds everything below the root, whatever the method.
    public static void addTo(Routes routes, StorageApi api) {
        routes.streamedBelow(ROOT, (request, body) -> answer(request, body, api));
    }

    private static Answer answer(Request request, InputStream body, StorageApi api) {
        StorageAnswer answer =
                api.answer(
                        new StorageRequest(
                                request.id(),
                                request.method(),
                                segments(request.path().substring(ROOT.length())),
                                request.query(),
                                request.headers(),
                                request.token(),
                                request.xHeadersJson(),
                                body));
        return switch (answer) {
            case StorageAnswer.Text(var status, var headers, var text) ->
                    new Response(status, headers, text);
            case StorageAnswer.Content(var status, var headers, var content) ->
                    new Sending(status, headers, source(content));
        };
    }

    private static Sending.Source source(BlobBody body) {
        return switch (body) {
            case BlobBody.InFile(var file, var offset, var length) ->
                    new Sending.Source.Region(file, offset, length);
            case BlobBody.InStream(var in, var length) -> new Sending.Source.Bytes(in, length);
        };
    }

    /// In a path a plus is a plus. Slashes at the end name nothing; what is not properly encoded is
    /// refused.
    private static List<String> segments(String path) {
        List<String> segments = new ArrayList<>();
        try {
            for (String segment : path.replaceFirst("^/", "").split("/")) {
                segments.add(URLDecoder.decode(segment.replace("+", "%2B"), UTF_8));
            }
        } catch (IllegalArgumentException _) {
            throw new FailureException(
                    new Failure.Invalid(
                            "", "The address is not properly percent-encoded; write % as %25."));
        }
        return segments;
    }
}
