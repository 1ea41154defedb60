package dev.lockstep.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/// Compresses whole answers for clients that take it. On the request's thread: a loop has no time
/// for it.
///
/// What may not be stored is left as it is: it holds secrets, and the length of a compressed answer
/// tells of what stands beside them (BREACH).
///
/// @param above shorter bodies are sent as they are
record Gzip(boolean on, int above) {
    /// Four tenths of the time of the usual level for nine tenths of its effect on rows.
    private static final int LEVEL = 2;

    private static final Set<Integer> STATUSES = Set.of(200, 201, 206);
    private static final Set<String> TYPES =
            Set.of("application/json", "application/javascript", "image/svg+xml");

    Answer apply(Request request, Answer answer) {
        return answer instanceof Response whole ? apply(request, whole) : answer;
    }

    private Response apply(Request request, Response response) {
        if (!on || !isWorthIt(response)) {
            return response;
        }
        Response varying = response.with("vary", vary(response));
        if (!isAccepted(request.header("accept-encoding").orElse(""))) {
            return varying;
        }
        Response packed =
                new Response(response.status(), varying.headers(), pack(response.body()))
                        .with("content-encoding", "gzip");
        // The same rows, other bytes: the tag goes on being true in its weak form.
        return response.header("etag")
                .filter(tag -> !tag.startsWith("W/"))
                .map(tag -> packed.with("etag", "W/" + tag))
                .orElse(packed);
    }

    private boolean isWorthIt(Response response) {
        return response.body().length > above
                && STATUSES.contains(response.status())
                && response.header("content-encoding").isEmpty()
                && response.header("cache-control").filter(it -> it.contains("no-store")).isEmpty()
                && response.header("content-type").filter(Gzip::isText).isPresent();
    }

    private static boolean isText(String contentType) {
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        boolean isStream = type.equals("text/event-stream");
        return !isStream
                && (type.startsWith("text/") || type.endsWith("+json") || TYPES.contains(type));
    }

    /// Whether an `Accept-Encoding` takes gzip; a weight of 0 is a no (RFC 9110 §12.5.3).
    static boolean isAccepted(String accepted) {
        return Arrays.stream(accepted.split(","))
                .map(coding -> coding.strip().toLowerCase(Locale.ROOT).replace(" ", ""))
                .anyMatch(coding -> coding.matches("gzip(;q=(1|0\\.\\d*[1-9]\\d*|1\\.0*))?"));
    }

    private static String vary(Response response) {
        return response.header("vary")
                .map(fields ->
                        fields.toLowerCase(Locale.ROOT).contains("accept-encoding")
                                ? fields
                                : fields + ", Accept-Encoding")
                .orElse("Accept-Encoding");
    }

    private static byte[] pack(byte[] body) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream(body.length / 4 + 64);
        try (GZIPOutputStream gzip = new Leveled(packed)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write into memory", e);
        }
        return packed.toByteArray();
    }

    private static final class Leveled extends GZIPOutputStream {
        Leveled(ByteArrayOutputStream out) throws IOException {
            super(out, 8192);
            def.setLevel(LEVEL);
        }
    }
}
