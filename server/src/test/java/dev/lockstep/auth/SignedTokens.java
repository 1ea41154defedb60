package dev.lockstep.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Tokens put together by hand, good ones and bad ones.
final class SignedTokens {
    private SignedTokens() {}

    static String hmac(String secret, String header, String claims) {
        return signed(
                header,
                claims,
                input -> {
                    String name = "HmacSHA" + header.replaceAll(".*HS(\\d+).*", "$1");
                    Mac mac = Mac.getInstance(name);
                    mac.init(new SecretKeySpec(secret.getBytes(UTF_8), name));
                    return mac.doFinal(input);
                });
    }

    static String asymmetric(PrivateKey key, String jdkName, String header, String claims) {
        return signed(
                header,
                claims,
                input -> {
                    Signature signature = Signature.getInstance(jdkName);
                    signature.initSign(key);
                    signature.update(input);
                    return signature.sign();
                });
    }

    static String unsigned(String header, String claims) {
        return signed(header, claims, _ -> new byte[0]);
    }

    private static String signed(String header, String claims, Signing signing) {
        String input = Base64URL.encode(header) + "." + Base64URL.encode(claims);
        try {
            return input + "." + Base64URL.encode(signing.sign(input.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private interface Signing {
        byte[] sign(byte[] input) throws GeneralSecurityException;
    }
}
