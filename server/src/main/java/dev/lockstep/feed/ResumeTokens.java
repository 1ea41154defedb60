package dev.lockstep.feed;

import dev.lockstep.core.Lsn;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Makes and reads the opaque text by which a client comes back, in two parts: where it stands
/// (version, epoch, position and part) and what it asked (version, fingerprint), each with the
/// first half of its own HMAC-SHA256. So the place in the log is signed once for all who stand
/// there, and a question once for all its tokens. Any thread may use it.
///
/// Each part alone says nothing that a client could not have had: its own question at another place
/// that it knows.
public final class ResumeTokens {
    private static final String ALGORITHM = "HmacSHA256";
    private static final byte PLACE_VERSION = 2;
    private static final byte QUESTION_VERSION = 3;
    private static final int PLACE = 1 + 8 + 8 + 4;
    private static final int QUESTION = 1 + 8;

    /// Such that both parts are whole groups of three bytes, and their texts stand side by side.
    private static final int PLACE_SIGNATURE = 18;

    private static final int QUESTION_SIGNATURE = 18;
    private static final int PLACE_LENGTH = (PLACE + PLACE_SIGNATURE) * 4 / 3;
    private static final int LENGTH = PLACE_LENGTH + (QUESTION + QUESTION_SIGNATURE) * 4 / 3;

    /// Questions whose part is kept; beyond it all are made again.
    private static final int MAX_QUESTIONS = 20_000;

    /// Never updated, only cloned: that spares the key schedule of every token.
    private final Mac keyed;

    private final Map<Long, String> questions = new ConcurrentHashMap<>();
    private volatile Place last = new Place("", 0, Lsn.NONE, 0, "");

    private record Place(String epoch, long epochHash, Lsn end, int part, String text) {}

    /// @param key at least 16 secret bytes, the same after a restart
    public ResumeTokens(byte[] key) {
        if (key.length < 16) {
            throw new IllegalArgumentException("a key of at least 16 bytes is needed");
        }
        try {
            keyed = Mac.getInstance(ALGORITHM);
            keyed.init(new SecretKeySpec(key, ALGORITHM));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    public String issue(String epoch, Lsn end, int part, long fingerprint) {
        Place place = last;
        if (!place.epoch().equals(epoch) || !place.end().equals(end) || place.part() != part) {
            long hash = place.epoch().equals(epoch) ? place.epochHash() : Fingerprint.of(epoch);
            place = new Place(epoch, hash, end, part, place(hash, end, part));
            last = place;
        }
        return place.text() + question(fingerprint);
    }

    /// @param epochHash as [FeedReader#epochHash] says it
    /// @param part see [ResumeToken]
    public String issue(long epochHash, Lsn end, int part, long fingerprint) {
        return place(epochHash, end, part) + question(fingerprint);
    }

    private String place(long epochHash, Lsn end, int part) {
        return signed(
                ByteBuffer.allocate(PLACE + PLACE_SIGNATURE)
                        .put(PLACE_VERSION)
                        .putLong(epochHash)
                        .putLong(end.value())
                        .putInt(part)
                        .array(),
                PLACE);
    }

    private String question(long fingerprint) {
        String known = questions.get(fingerprint);
        if (known != null) {
            return known;
        }
        if (questions.size() >= MAX_QUESTIONS) {
            questions.clear();
        }
        String made =
                signed(
                        ByteBuffer.allocate(QUESTION + QUESTION_SIGNATURE)
                                .put(QUESTION_VERSION)
                                .putLong(fingerprint)
                                .array(),
                        QUESTION);
        questions.put(fingerprint, made);
        return made;
    }

    private String signed(byte[] part, int body) {
        System.arraycopy(sign(part, body), 0, part, body, part.length - body);
        return Base64.getUrlEncoder().encodeToString(part);
    }

    /// The token's content; nothing where the text is not one of our tokens, whole and unchanged.
    public Optional<ResumeToken> read(String text) {
        if (text.length() != LENGTH) {
            return Optional.empty();
        }
        Optional<ByteBuffer> place =
                verified(text.substring(0, PLACE_LENGTH), PLACE, PLACE_VERSION);
        Optional<ByteBuffer> question =
                verified(text.substring(PLACE_LENGTH), QUESTION, QUESTION_VERSION);
        if (place.isEmpty() || question.isEmpty()) {
            return Optional.empty();
        }
        ByteBuffer body = place.get();
        return Optional.of(
                new ResumeToken(
                        body.getLong(),
                        new Lsn(body.getLong()),
                        body.getInt(),
                        question.get().getLong()));
    }

    /// What stands behind the version, where the signature is ours.
    private Optional<ByteBuffer> verified(String text, int body, byte version) {
        byte[] part;
        try {
            part = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
        if (part.length <= body
                || !MessageDigest.isEqual(
                        Arrays.copyOf(sign(part, body), part.length - body),
                        Arrays.copyOfRange(part, body, part.length))
                || part[0] != version) {
            return Optional.empty();
        }
        return Optional.of(ByteBuffer.wrap(part, 1, body - 1));
    }

    private byte[] sign(byte[] part, int body) {
        try {
            Mac mac = (Mac) keyed.clone();
            mac.update(part, 0, body);
            return mac.doFinal();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's " + ALGORITHM + " can be cloned", e);
        }
    }
}
