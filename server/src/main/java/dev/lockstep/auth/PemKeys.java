package dev.lockstep.auth;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Public keys from PEM text; they have no `kid`.
final class PemKeys {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z ]+)-----([^-]*)-----END \\1-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private PemKeys() {}

    /// @throws IllegalArgumentException when a block is no public key or certificate
    static List<JWK> read(String pem) {
        List<JWK> keys = new ArrayList<>();
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            byte[] der = Base64.getMimeDecoder().decode(block.group(2));
            keys.add(
                    switch (block.group(1)) {
                        case "PUBLIC KEY" -> jwk(publicKey(der));
                        case "CERTIFICATE" -> jwk(certified(der));
                        default ->
                                throw new IllegalArgumentException(
                                        "a PEM block is a "
                                                + block.group(1)
                                                + ", not a PUBLIC KEY or CERTIFICATE");
                    });
        }
        return keys;
    }

    private static PublicKey publicKey(byte[] der) {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePublic(new X509EncodedKeySpec(der));
            } catch (GeneralSecurityException _) {
                // A key says its algorithm only to the factory that knows it: ask the next.
            }
        }
        throw new IllegalArgumentException("a PEM block is no RSA, EC or EdDSA key");
    }

    private static PublicKey certified(byte[] der) {
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der))
                    .getPublicKey();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("a PEM block is no certificate", e);
        }
    }

    private static JWK jwk(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa -> new RSAKey.Builder(rsa).build();
            case ECPublicKey ec ->
                    new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec).build();
            case EdECPublicKey edwards -> edwards(edwards);
            default -> throw new IllegalArgumentException("cannot use a " + key.getAlgorithm());
        };
    }

    private static JWK edwards(EdECPublicKey key) {
        Curve curve = key.getParams().getName().equals("Ed448") ? Curve.Ed448 : Curve.Ed25519;
        byte[] encoded = key.getEncoded();
        int size = curve.equals(Curve.Ed448) ? 57 : 32;
        byte[] x = Arrays.copyOfRange(encoded, encoded.length - size, encoded.length);
        return new OctetKeyPair.Builder(curve, Base64URL.encode(x)).build();
    }
}
