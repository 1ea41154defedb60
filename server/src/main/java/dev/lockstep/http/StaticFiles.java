package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/// The built pages, from a folder of the class path. A path without a dot is a place inside the
/// application and gets `index.html`; one with a dot is a file or nothing. Files are kept once they
/// were read: there are only as many as were built.
public final class StaticFiles implements Handler {
    private static final List<String> NOT_PAGES =
            List.of("realtime", "rest", "auth", "api", "storage", "socket", "webhooks");
    private static final String INDEX = "index.html";

    /// A page's file of kind `.gz` is written beside it by the build.
    private static final String COMPRESSED = ".gz";

    private record Content(byte[] bytes, String tag) {}

    private final String folder;
    private final PagePolicy policy;
    private final Map<String, Content> read = new ConcurrentHashMap<>();

    /// @param folder such as `/web`
    /// @param random for the nonces of styles
    public StaticFiles(String folder, RandomGenerator random) {
        this.folder = folder;
        this.policy = new PagePolicy(random);
    }

    @Override
    public Response handle(Request request) {
        List<String> segments = Arrays.stream(request.path().split("/")).skip(1).toList();
        String last = segments.isEmpty() ? "" : segments.getLast();
        // What is percent-encoded or hidden is no file of ours, so no path needs to be normalised.
        boolean plain = segments.stream().allMatch(s -> s.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*"));
        if (!segments.isEmpty() && NOT_PAGES.contains(segments.getFirst())) {
            throw nothing();
        }
        if (!last.contains(".")) {
            return index(request);
        }
        String path = String.join("/", segments);
        if (path.equals(INDEX)) {
            return index(request);
        }
        return (plain ? file(request, path) : Optional.<Response>empty())
                .orElseThrow(StaticFiles::nothing);
    }

    private Response index(Request request) {
        Content page = find(INDEX).orElseThrow(StaticFiles::nothing);
        return policy.page(request, new String(page.bytes, UTF_8));
    }

    private Optional<Response> file(Request request, String path) {
        Optional<Content> original = find(path);
        if (original.isEmpty() || path.endsWith(COMPRESSED)) {
            return Optional.empty();
        }
        Optional<Content> compressed =
                Gzip.isAccepted(request.header("accept-encoding").orElse(""))
                        ? find(path + COMPRESSED)
                        : Optional.empty();
        Content content = compressed.orElse(original.get());
        boolean fingerprinted = path.startsWith("assets/");
        boolean isKnown = request.header("if-none-match").filter(content.tag::equals).isPresent();
        Response bare = isKnown ? Response.empty(304) : new Response(200, Map.of(), content.bytes);
        Response described =
                policy.file(bare, type(path))
                        .with("content-type", type(path))
                        .with("etag", content.tag)
                        .with("vary", "Accept-Encoding")
                        .with(
                                "cache-control",
                                fingerprinted ? "public, max-age=31536000, immutable" : "no-cache");
        return Optional.of(
                compressed.isPresent() ? described.with("content-encoding", "gzip") : described);
    }

    private Optional<Content> find(String path) {
        Content known = read.get(path);
        if (known != null) {
            return Optional.of(known);
        }
        try (InputStream in = StaticFiles.class.getResourceAsStream(folder + "/" + path)) {
            if (in == null) {
                return Optional.empty();
            }
            byte[] bytes = in.readAllBytes();
            Content content = new Content(bytes, tag(bytes));
            read.put(path, content);
            return Optional.of(content);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the page file " + path, e);
        }
    }

    private static String tag(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return "\"" + HexFormat.of().formatHex(digest, 0, 12) + "\"";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    private static String type(String path) {
        return switch (path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
            case "html" -> "text/html; charset=utf-8";
            case "js", "mjs" -> "text/javascript; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "json", "map" -> "application/json; charset=utf-8";
            case "webmanifest" -> "application/manifest+json";
            case "svg" -> "image/svg+xml";
            case "png" -> "image/png";
            case "jpg", "jpeg" -> "image/jpeg";
            case "webp" -> "image/webp";
            case "ico" -> "image/x-icon";
            case "woff2" -> "font/woff2";
            case "txt" -> "text/plain; charset=utf-8";
            case "mp3" -> "audio/mpeg";
            case "wasm" -> "application/wasm";
            default -> "application/octet-stream";
        };
    }

    private static FailureException nothing() {
        return new FailureException(new Failure.NotFound("route here"));
    }
}
