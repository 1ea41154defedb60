package dev.lockstep.auth;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import java.text.ParseException;
import java.util.List;
import java.util.Objects;

/// An immutable set of keys to check signatures with. A key fits a token only by its own type, so a
/// public key never serves as an HMAC secret.
record KeyRing(List<JWK> keys) {
    /// A ring that is longer is a mistake; checking all of it would be work for whoever asks.
    private static final int MAX_KEYS = 100;

    KeyRing {
        if (keys.size() > MAX_KEYS) {
            throw new IllegalArgumentException("more than " + MAX_KEYS + " keys");
        }
        keys = List.copyOf(keys);
    }

    /// @param text a JWKS, or PEM blocks of public keys and certificates
    static KeyRing parse(String text) {
        if (text.contains("-----BEGIN")) {
            return new KeyRing(PemKeys.read(text));
        }
        try {
            return new KeyRing(JWKSet.parse(text).getKeys());
        } catch (ParseException e) {
            throw new IllegalArgumentException("no JWKS and no PEM: " + e.getMessage(), e);
        }
    }

    /// The keys that may have signed a token with this header. Without a `kid` those that have
    /// none, or the only one that fits.
    List<JWK> fitting(JWSHeader header) {
        List<JWK> fitting = keys.stream().filter(key -> fits(key, header.getAlgorithm())).toList();
        List<JWK> named =
                fitting.stream()
                        .filter(key -> Objects.equals(key.getKeyID(), header.getKeyID()))
                        .toList();
        boolean unnamed = header.getKeyID() == null;
        return named.isEmpty() && unnamed && fitting.size() == 1 ? fitting : named;
    }

    private static boolean fits(JWK key, JWSAlgorithm algorithm) {
        boolean forSignatures = key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE);
        boolean forChecking =
                key.getKeyOperations() == null
                        || key.getKeyOperations().contains(KeyOperation.VERIFY);
        boolean sameAlgorithm =
                key.getAlgorithm() == null
                        || key.getAlgorithm().equals(algorithm)
                        || isEdwards(key);
        return forSignatures && forChecking && sameAlgorithm && ofType(key, algorithm);
    }

    private static boolean ofType(JWK key, JWSAlgorithm algorithm) {
        return switch (algorithm.getName()) {
            case "HS256", "HS384", "HS512" -> key.getKeyType().equals(KeyType.OCT);
            case "RS256", "RS384", "RS512" -> key.getKeyType().equals(KeyType.RSA);
            case "ES256" -> onCurve(key, Curve.P_256);
            case "ES384" -> onCurve(key, Curve.P_384);
            case "ES512" -> onCurve(key, Curve.P_521);
            case "EdDSA" -> isEdwards(key);
            case "Ed25519" -> isEdwards(key, Curve.Ed25519);
            case "Ed448" -> isEdwards(key, Curve.Ed448);
            default -> false;
        };
    }

    private static boolean onCurve(JWK key, Curve curve) {
        return key instanceof ECKey ec && ec.getCurve().equals(curve);
    }

    private static boolean isEdwards(JWK key) {
        return isEdwards(key, Curve.Ed25519) || isEdwards(key, Curve.Ed448);
    }

    private static boolean isEdwards(JWK key, Curve curve) {
        return key instanceof OctetKeyPair pair && pair.getCurve().equals(curve);
    }
}
