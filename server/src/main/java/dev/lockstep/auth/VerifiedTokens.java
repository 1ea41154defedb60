package dev.lockstep.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Identity;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Tokens whose signature and claims were found good, by hash, so that nobody reads a token from
/// our memory. At its bound the one that was asked for longest ago goes. Expiry is the asker's to
/// check each time. Any thread.
final class VerifiedTokens {

    /// @param ring what vouched for it; it counts no longer when the source has another
    record Verified(Identity identity, Optional<KeyRing> ring) {}

    private final Map<ByteBuffer, Verified> entries;
    private final MessageDigest sha256 = sha256(); // never fed

    VerifiedTokens(int max) {
        entries =
                new LinkedHashMap<>(16, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Verified> eldest) {
                        return size() > max;
                    }
                };
    }

    byte[] digest(String token) {
        try {
            // A copy costs a fraction of looking the algorithm up, which each request would do.
            return ((MessageDigest) sha256.clone()).digest(token.getBytes(UTF_8));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this JDK's SHA-256 cannot be copied", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    Optional<Identity> find(byte[] digest, KeySource source) {
        Verified entry;
        synchronized (entries) {
            entry = entries.get(ByteBuffer.wrap(digest));
        }
        return Optional.ofNullable(entry)
                .filter(e -> e.ring().isEmpty() || e.ring().get() == source.keys())
                .map(Verified::identity);
    }

    Identity keep(byte[] digest, Verified entry) {
        synchronized (entries) {
            entries.put(ByteBuffer.wrap(digest), entry);
        }
        return entry.identity();
    }
}
