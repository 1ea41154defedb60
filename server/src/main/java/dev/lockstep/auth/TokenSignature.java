package dev.lockstep.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Checks one token's signature with one key.
final class TokenSignature {
    /// What stands before the key's bytes in an X.509 encoding (RFC 8410 §4).
    private static final byte[] ED25519_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final byte[] ED448_HEAD = HexFormat.of().parseHex("3043300506032b6571033a00");

    private TokenSignature() {}

    /// @throws GeneralSecurityException when the key is unfit for use
    static boolean isBy(JWK key, JWSObject token) throws GeneralSecurityException {
        if (token.getHeader().getCriticalParams() != null) {
            return false; // RFC 7515 §4.1.11: we understand no extension.
        }
        try {
            return switch (key) {
                case OctetSequenceKey secret -> isHmac(secret.toByteArray(), token);
                case RSAKey rsa ->
                        new RSASSAVerifier(rsa.toRSAPublicKey())
                                .verify(
                                        token.getHeader(),
                                        token.getSigningInput(),
                                        token.getSignature());
                case ECKey ec ->
                        new ECDSAVerifier(ec.toECPublicKey())
                                .verify(
                                        token.getHeader(),
                                        token.getSigningInput(),
                                        token.getSignature());
                case OctetKeyPair edwards -> isEdwards(edwards, token);
                default -> false;
            };
        } catch (JOSEException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /// Not the library's: it refuses HS384 and HS512 with the short secrets that are in use.
    static boolean isHmac(byte[] secret, JWSObject token) throws GeneralSecurityException {
        byte[] expected = hmac(secret, token.getHeader().getAlgorithm(), token.getSigningInput());
        return token.getHeader().getCriticalParams() == null
                && MessageDigest.isEqual(expected, token.getSignature().decode());
    }

    static byte[] hmac(byte[] secret, JWSAlgorithm algorithm, byte[] input)
            throws GeneralSecurityException {
        String name = "HmacSHA" + algorithm.getName().substring(2);
        Mac mac = Mac.getInstance(name);
        mac.init(new SecretKeySpec(secret, name));
        return mac.doFinal(input);
    }

    /// Not the library's: it asks for another library that the JDK makes needless.
    private static boolean isEdwards(OctetKeyPair key, JWSObject token)
            throws GeneralSecurityException {
        byte[] head = key.getCurve().equals(Curve.Ed448) ? ED448_HEAD : ED25519_HEAD;
        byte[] x = key.getDecodedX();
        byte[] encoded = new byte[head.length + x.length];
        System.arraycopy(head, 0, encoded, 0, head.length);
        System.arraycopy(x, 0, encoded, head.length, x.length);
        PublicKey publicKey =
                KeyFactory.getInstance("EdDSA").generatePublic(new X509EncodedKeySpec(encoded));
        var check = Signature.getInstance(key.getCurve().getName());
        check.initVerify(publicKey);
        check.update(token.getSigningInput());
        try {
            return check.verify(token.getSignature().decode());
        } catch (SignatureException _) {
            return false; // of the wrong length, or no point on the curve
        }
    }
}
