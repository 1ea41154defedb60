package dev.lockstep.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Addresses that speak for themselves for a while: what is allowed, for which file and until when,
/// with a MAC. The key is of this purpose alone, and the form is that of no token, so that neither
/// can stand in for the other. Any thread.
final class Signatures {
    /// What a signature allows.
    enum Kind {
        DOWNLOAD,
        UPLOAD,
        REPLACE
    }

    /// @param owner of what is uploaded; may be empty
    record Grant(Kind kind, String owner) {}

    private static final String ALGORITHM = "HmacSHA256";
    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    private final SecretKeySpec key;
    private final InstantSource clock;

    /// @param secret of the server, from which the key is made
    Signatures(byte[] secret, InstantSource clock) {
        this.key =
                new SecretKeySpec(
                        mac(new SecretKeySpec(secret, ALGORITHM), "storage signed address"),
                        ALGORITHM);
        this.clock = clock;
    }

    /// What names a server's secret without telling it.
    static String fingerprint(byte[] secret) {
        return TEXT.encodeToString(mac(new SecretKeySpec(secret, ALGORITHM), "storage owner"))
                .substring(0, 22);
    }

    String sign(Grant grant, String bucket, String name, Instant until) {
        String said = grant.kind + " " + until.getEpochSecond() + " " + grant.owner;
        return TEXT.encodeToString(said.getBytes(UTF_8))
                + "."
                + TEXT.encodeToString(mac(key, bound(said, bucket, name)));
    }

    /// @throws StorageException when it was not signed by us, for this file, or no longer counts
    Grant verify(String token, String bucket, String name) {
        String[] parts = token.split("\\.", -1);
        Optional<String> said = parts.length == 2 ? decoded(parts[0]) : Optional.empty();
        if (said.isEmpty() || !isOurs(parts[1], bound(said.get(), bucket, name))) {
            throw StorageError.invalid("InvalidJWT", "The signature does not fit this address");
        }
        String[] fields = said.get().split(" ", 3);
        if (clock.instant().getEpochSecond() >= Long.parseLong(fields[1])) {
            throw StorageError.invalid("InvalidJWT", "jwt expired");
        }
        return new Grant(Kind.valueOf(fields[0]), fields[2]);
    }

    private boolean isOurs(String given, String said) {
        return MessageDigest.isEqual(
                given.getBytes(UTF_8), TEXT.encodeToString(mac(key, said)).getBytes(UTF_8));
    }

    /// Lengths first, so that no two addresses have the same text.
    private static String bound(String said, String bucket, String name) {
        return said.length() + " " + said + bucket.length() + " " + bucket + name;
    }

    private static Optional<String> decoded(String text) {
        try {
            return Optional.of(new String(Base64.getUrlDecoder().decode(text), UTF_8));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static byte[] mac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC", e);
        }
    }
}
