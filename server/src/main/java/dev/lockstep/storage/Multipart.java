package dev.lockstep.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads `multipart/form-data` (RFC 7578) part by part, in the memory of one piece. Used by one
/// thread.
///
/// A part's end is a line end, two hyphens and the boundary; a part may hold any beginning of that,
/// so as many bytes are kept back as it is long.
final class Multipart {
    private static final int PIECE = 32 * 1024;
    private static final int MAX_HEAD = 8 * 1024;
    private static final Pattern BOUNDARY =
            Pattern.compile(
                    "boundary=(?:\"([^\"]{1,70})\"|([^\";,\\s]{1,70}))", Pattern.CASE_INSENSITIVE);
    private static final Pattern PARAMETER =
            Pattern.compile("(?:^|;)\\s*([A-Za-z*]+)=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\"]*))");

    /// @param name of the field
    /// @param isFile whether the part has a file's name
    record Part(String name, boolean isFile, Optional<String> contentType, InputStream body) {}

    private final PushbackInputStream in;
    private final byte[] end;
    private @Nullable Body current;
    private boolean isOver;

    private Multipart(InputStream in, String boundary) {
        this.end = ("\r\n--" + boundary).getBytes(ISO_8859_1);
        this.in = new PushbackInputStream(in, PIECE + end.length);
    }

    /// Nothing when the content type is another.
    ///
    /// @throws StorageException when it names no boundary
    static Optional<Multipart> of(String contentType, InputStream body) {
        if (!contentType.strip().toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
            return Optional.empty();
        }
        Matcher found = BOUNDARY.matcher(contentType);
        if (!found.find()) {
            throw malformed("its content type names no boundary");
        }
        String quoted = found.group(1);
        return Optional.of(new Multipart(body, quoted == null ? found.group(2) : quoted));
    }

    /// The next part; what was not read of the one before is passed over.
    Optional<Part> next() throws IOException {
        if (isOver) {
            return Optional.empty();
        }
        if (current == null) {
            // The first boundary has no line end before it; now it has.
            in.unread(new byte[] {'\r', '\n'});
        }
        skip(current == null ? new Body() : current);
        int first = in.read();
        int second = in.read();
        if (first == '-' && second == '-') {
            isOver = true;
            return Optional.empty();
        }
        if (first != '\r' || second != '\n') {
            throw malformed("a boundary is not at the end of its line");
        }
        Map<String, String> head = head();
        Map<String, String> fields = parameters(head.getOrDefault("content-disposition", ""));
        String name = fields.get("name");
        if (name == null) {
            throw malformed("a part has no name");
        }
        Body body = new Body();
        current = body;
        return Optional.of(
                new Part(
                        name,
                        fields.containsKey("filename") || fields.containsKey("filename*"),
                        Optional.ofNullable(head.get("content-type")),
                        body));
    }

    private Map<String, String> head() throws IOException {
        Map<String, String> head = new HashMap<>();
        StringBuilder line = new StringBuilder();
        for (int size = 0; size < MAX_HEAD; size++) {
            int next = in.read();
            if (next < 0) {
                throw malformed("it ends in a part's head");
            }
            line.append((char) next);
            if (next == '\n') {
                String text = line.toString().strip();
                if (text.isEmpty()) {
                    return head;
                }
                int colon = text.indexOf(':');
                if (colon > 0) {
                    head.put(
                            text.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                            new String(
                                    text.substring(colon + 1).strip().getBytes(ISO_8859_1), UTF_8));
                }
                line.setLength(0);
            }
        }
        throw malformed("a part's head is longer than " + MAX_HEAD + " bytes");
    }

    private static Map<String, String> parameters(String disposition) {
        Map<String, String> parameters = new HashMap<>();
        Matcher found = PARAMETER.matcher(disposition);
        while (found.find()) {
            String quoted = found.group(2);
            parameters.put(
                    found.group(1).toLowerCase(Locale.ROOT),
                    quoted == null ? found.group(3) : quoted);
        }
        return parameters;
    }

    /// Passes over the rest of a part.
    private static void skip(InputStream part) throws IOException {
        byte[] piece = new byte[PIECE];
        while (part.read(piece) >= 0) {
            continue;
        }
    }

    private static StorageException malformed(String problem) {
        return StorageError.invalid("InvalidRequest", "The form cannot be read: " + problem);
    }

    /// One part's bytes, up to the next boundary.
    private final class Body extends InputStream {
        private final byte[] window = new byte[PIECE + end.length];
        private int start;
        private int stop;
        private int safe;
        private boolean isDone;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (start == safe) {
                if (isDone) {
                    return -1;
                }
                fill();
            }
            int count = Math.min(length, safe - start);
            System.arraycopy(window, start, into, offset, count);
            start += count;
            return count;
        }

        private void fill() throws IOException {
            System.arraycopy(window, start, window, 0, stop - start);
            stop -= start;
            start = 0;
            int count = in.read(window, stop, window.length - stop);
            if (count < 0) {
                throw malformed("it ends in a part");
            }
            stop += count;
            int at = find();
            if (at >= 0) {
                isDone = true;
                safe = at;
                in.unread(window, at + end.length, stop - at - end.length);
                stop = at;
            } else {
                safe = Math.max(0, stop - end.length + 1);
            }
        }

        private int find() {
            for (int at = 0; at <= stop - end.length; at++) {
                if (window[at] == '\r' && matches(at)) {
                    return at;
                }
            }
            return -1;
        }

        private boolean matches(int at) {
            for (int i = 1; i < end.length; i++) {
                if (window[at + i] != end[i]) {
                    return false;
                }
            }
            return true;
        }
    }
}
