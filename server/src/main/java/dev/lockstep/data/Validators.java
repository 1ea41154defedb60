package dev.lockstep.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// `ETag` and `If-None-Match`: an answer that the asker has already is not sent again. Pure.
final class Validators {
    private static final String ETAG = "etag";

    /// Above, an answer is not read once more for its tag.
    private static final int MAX_BODY = 1 << 20;

    /// What makes two answers of one body different.
    private static final List<String> TELLING =
            List.of(
                    "content-type",
                    "content-range",
                    "content-profile",
                    "preference-applied",
                    "lockstep-truncated");

    /// Of an answer that is not sent again.
    private static final List<String> KEPT =
            List.of(
                    ETAG,
                    "cache-control",
                    "content-location",
                    "content-range",
                    "vary",
                    CachedReads.HEADER);

    private Validators() {}

    /// The answer to a GET with its tag, and that it is the asker's alone and to be asked for each
    /// time; unless a function said otherwise.
    static RestAnswer tagged(RestRequest request, RestAnswer answer) {
        boolean fits =
                request.method().equals("GET")
                        && (answer.status() == 200 || answer.status() == 206)
                        && answer.body().length <= MAX_BODY
                        && !answer.headers().containsKey(ETAG);
        if (!fits) {
            return answer;
        }
        Map<String, String> headers = new TreeMap<>(answer.headers());
        headers.put(ETAG, tag(answer));
        headers.putIfAbsent("cache-control", "private, no-cache");
        return new RestAnswer(answer.status(), headers, answer.body());
    }

    /// What is sent to one who may have the answer already.
    static RestAnswer sent(RestRequest request, RestAnswer answer) {
        Optional<String> known = request.header("if-none-match");
        String tag = answer.headers().get(ETAG);
        if (known.isEmpty() || tag == null || !matches(known.get(), tag)) {
            return answer;
        }
        Map<String, String> headers = new TreeMap<>(answer.headers());
        headers.keySet().retainAll(KEPT);
        return new RestAnswer(304, headers, RestAnswer.NOTHING);
    }

    /// Weakly, as `If-None-Match` compares.
    private static boolean matches(String known, String tag) {
        for (String one : known.split(",")) {
            String named = one.strip();
            if (named.equals("*") || named.equals(tag) || named.equals("W/" + tag)) {
                return true;
            }
        }
        return false;
    }

    private static String tag(RestAnswer answer) {
        MessageDigest digest = sha256();
        for (String name : TELLING) {
            digest.update(answer.headers().getOrDefault(name, "").getBytes(UTF_8));
            digest.update((byte) '\n');
        }
        byte[] hash = digest.digest(answer.body());
        byte[] half = Arrays.copyOf(hash, hash.length / 2);
        return '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(half) + '"';
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}
