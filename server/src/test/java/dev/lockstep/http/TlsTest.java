package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.error.FailureException;
import dev.lockstep.wire.Frame;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir static Path folder;

    @BeforeAll
    static void makeCertificate() throws Exception {
        Path store = folder.resolve("store.p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process made =
                new ProcessBuilder(
                                keytool.toString(),
                                "-genkeypair",
                                "-alias",
                                "own",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "san=dns:localhost,ip:127.0.0.1",
                                "-validity",
                                "2",
                                "-storetype",
                                "PKCS12",
                                "-storepass",
                                "changeit",
                                "-keystore",
                                store.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("keytool.log").toFile())
                        .start();
        assertThat(made.waitFor(30, TimeUnit.SECONDS)).isTrue();
        KeyStore keys = keys();
        pem("certificate.pem", "CERTIFICATE", keys.getCertificate("own").getEncoded());
        pem("key.pem", "PRIVATE KEY", keys.getKey("own", PASSWORD).getEncoded());
    }

    private static KeyStore keys() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("store.p12"))) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private static void pem(String file, String kind, byte[] der) throws Exception {
        Files.writeString(
                folder.resolve(file),
                "-----BEGIN %s-----%n%s%n-----END %s-----%n"
                        .formatted(kind, Base64.getMimeEncoder().encodeToString(der), kind));
    }

    private static RunningServer encrypted() {
        return new RunningServer(
                Map.of(
                        "http.tls.certificate", folder.resolve("certificate.pem").toString(),
                        "http.tls.key", folder.resolve("key.pem").toString()),
                (routes, _) -> SystemRoutes.addTo(routes, Optional::empty, Optional.empty()));
    }

    private static HttpClient trusting() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("own", keys().getCertificate("own"));
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    @Test
    void requests_and_sockets_are_encrypted() throws Exception {
        try (RunningServer running = encrypted();
                HttpClient client = trusting()) {
            String base = "//127.0.0.1:" + running.port();
            assertThat(
                            client.send(
                                            HttpRequest.newBuilder(
                                                            URI.create(
                                                                    "https:" + base + "/healthz"))
                                                    .build(),
                                            HttpResponse.BodyHandlers.ofString())
                                    .statusCode())
                    .isEqualTo(200);

            CompletableFuture<String> heard = new CompletableFuture<>();
            WebSocket socket =
                    client.newWebSocketBuilder()
                            .buildAsync(
                                    URI.create(
                                            "wss:"
                                                    + base
                                                    + "/socket/websocket?apikey="
                                                    + running.anonKey()),
                                    new Listening(heard))
                            .get(10, TimeUnit.SECONDS);
            running.sessions.only().outbox().send(Frame.text("hello".getBytes(UTF_8)));
            assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo("hello");
            socket.abort();
        }
    }

    private record Listening(CompletableFuture<String> heard) implements WebSocket.Listener {
        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            heard.complete(text.toString());
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    @Test
    void a_client_that_does_not_encrypt_is_sent_to_where_it_would() throws Exception {
        try (RunningServer running = encrypted();
                RawClient raw = running.raw()) {
            raw.say("GET /orders?a=1 HTTP/1.1\r\nHost: desk.example:8620\r\n\r\n");
            assertThat(raw.hearAll())
                    .startsWith("HTTP/1.1 308 ")
                    .contains("location: https://desk.example:8620/orders?a=1\r\n");
        }
    }

    @Test
    void a_certificate_that_cannot_be_used_is_named() {
        assertThatThrownBy(() ->
                        new RunningServer(
                                Map.of(
                                        "http.tls.certificate",
                                        folder.resolve("keytool.log").toString(),
                                        "http.tls.key",
                                        folder.resolve("key.pem").toString())))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("keytool.log");
    }
}
