package dev.lockstep.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.Locale;
import java.util.Optional;

/// How a file is handed out, so that nothing which somebody uploaded acts as a page of this origin.
/// Pure.
final class Served {
    /// The browser neither guesses a type nor runs anything.
    static final String POLICY = "sandbox; default-src 'none'";

    private Served() {}

    /// What pages and scripts are made of is shown as text.
    static String type(String given) {
        String type = bare(given);
        boolean acts =
                type.equals("text/html")
                        || type.equals("text/css")
                        || type.equals("text/xsl")
                        || type.endsWith("/xml")
                        || type.endsWith("+xml") && !isSvg(type)
                        || type.endsWith("javascript")
                        || type.endsWith("ecmascript")
                        || type.startsWith("multipart/");
        return acts ? "text/plain; charset=utf-8" : given;
    }

    /// @param asked the query's `download`: a name, or empty for the file's own
    /// @param name of the object
    static Optional<String> disposition(Optional<String> asked, String type, String name) {
        String own = name.substring(name.lastIndexOf('/') + 1);
        if (asked.isPresent()) {
            return Optional.of(attachment(asked.get().isEmpty() ? own : asked.get()));
        }
        // An image of this kind is shown where a page embeds it, and runs nowhere.
        return isSvg(bare(type)) ? Optional.of(attachment(own)) : Optional.empty();
    }

    private static boolean isSvg(String type) {
        return type.equals("image/svg+xml");
    }

    private static String bare(String type) {
        return type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private static String attachment(String name) {
        String plain = name.replaceAll("[^A-Za-z0-9 ._()-]", "_");
        String encoded = URLEncoder.encode(name, UTF_8).replace("+", "%20").replace("*", "%2A");
        return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
    }
}
