package dev.lockstep.feed;

import dev.lockstep.core.Lsn;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Makes and reads the opaque text by which a client comes back: version, epoch, position, part and
/// fingerprint, and the first half of their HMAC-SHA256. Any thread may use it.
public final class ResumeTokens {
    private static final String ALGORITHM = "HmacSHA256";
    private static final byte VERSION = 1;
    private static final int BODY = 1 + 8 + 8 + 4 + 8;
    private static final int SIGNATURE = 16;
    private static final int LENGTH = (BODY + SIGNATURE) * 4 / 3;

    /// Never updated, only cloned: that spares the key schedule of every token.
    private final Mac keyed;

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
        return issue(Fingerprint.of(epoch), end, part, fingerprint);
    }

    /// @param epochHash as [FeedReader#epochHash] says it
    /// @param part see [ResumeToken]
    public String issue(long epochHash, Lsn end, int part, long fingerprint) {
        byte[] token =
                ByteBuffer.allocate(BODY + SIGNATURE)
                        .put(VERSION)
                        .putLong(epochHash)
                        .putLong(end.value())
                        .putInt(part)
                        .putLong(fingerprint)
                        .array();
        System.arraycopy(sign(token), 0, token, BODY, SIGNATURE);
        return Base64.getUrlEncoder().encodeToString(token);
    }

    /// The token's content; nothing where the text is not one of our tokens, whole and unchanged.
    public Optional<ResumeToken> read(String text) {
        if (text.length() != LENGTH) {
            return Optional.empty();
        }
        byte[] token;
        try {
            token = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
        if (token.length != BODY + SIGNATURE
                || !MessageDigest.isEqual(
                        Arrays.copyOf(sign(token), SIGNATURE),
                        Arrays.copyOfRange(token, BODY, BODY + SIGNATURE))) {
            return Optional.empty();
        }
        ByteBuffer body = ByteBuffer.wrap(token, 0, BODY);
        if (body.get() != VERSION) {
            return Optional.empty();
        }
        return Optional.of(
                new ResumeToken(
                        body.getLong(), new Lsn(body.getLong()), body.getInt(), body.getLong()));
    }

    private byte[] sign(byte[] token) {
        try {
            Mac mac = (Mac) keyed.clone();
            mac.update(token, 0, BODY);
            return mac.doFinal();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's " + ALGORITHM + " can be cloned", e);
        }
    }
}
