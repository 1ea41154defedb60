package dev.lockstep.app.demo;

import dev.lockstep.app.CommandFailure;
import dev.lockstep.app.PrivateFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/// The certificate of `demo --lan`, signed by an authority of this data folder's own, so that a
/// phone that trusted the authority once trusts every later certificate.
///
/// Made with the JDK's `keytool`: see docs/adr/0004.
///
/// @param certificate PEM, the server's certificate and the authority's
/// @param key PEM, PKCS #8
/// @param authority PEM, what others must trust
record LanCertificate(Path certificate, Path key, Path authority) {
    /// Phones refuse certificates that count for longer than 398 days.
    private static final int DAYS = 397;

    private static final Duration RENEWED_BEFORE = Duration.ofDays(30);

    /// Protects nothing: the folder's permissions do.
    private static final String STORE_PASSWORD = "lockstep-demo";

    /// Those of the folder; made anew when there are none, when they end soon, or when the
    /// machine's addresses have changed.
    static LanCertificate in(Path folder, List<String> addresses, InstantSource clock)
            throws IOException, InterruptedException {
        LanCertificate files =
                new LanCertificate(
                        folder.resolve("server.crt"),
                        folder.resolve("server.key"),
                        folder.resolve("ca.crt"));
        Path named = folder.resolve("addresses");
        String names = String.join("\n", addresses);
        if (Files.exists(named) && Files.readString(named).equals(names) && files.countsAt(clock)) {
            return files;
        }
        Files.createDirectories(folder);
        closed(folder);
        files.make(folder, addresses);
        Files.writeString(named, names);
        return files;
    }

    /// SHA-256 of the authority, to be compared by people.
    String fingerprint() throws IOException {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(read(authority).getEncoded());
            return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private boolean countsAt(InstantSource clock) throws IOException {
        return read(certificate)
                .getNotAfter()
                .after(Date.from(clock.instant().plus(RENEWED_BEFORE)));
    }

    private void make(Path folder, List<String> addresses)
            throws IOException, InterruptedException {
        Path authorityStore = folder.resolve("ca.p12");
        Path serverStore = folder.resolve("server.p12");
        Path request = folder.resolve("server.csr");
        if (!Files.exists(authorityStore)) {
            keytool(
                    "-genkeypair -alias ca -keyalg EC -groupname secp256r1 -validity 3650"
                            + " -ext bc:critical=ca:true,pathlen:0"
                            + " -ext ku:critical=keyCertSign,cRLSign",
                    authorityStore,
                    "-dname",
                    "CN=Lockstep demo on " + hostName());
        }
        keytool("-exportcert -rfc -alias ca", authorityStore, "-file", authority.toString());
        Files.deleteIfExists(serverStore);
        keytool(
                "-genkeypair -alias server -keyalg EC -groupname secp256r1",
                serverStore,
                "-dname",
                "CN=Lockstep demo");
        keytool("-certreq -alias server", serverStore, "-file", request.toString());
        String names =
                "san=dns:localhost,"
                        + addresses.stream()
                                .map(one -> "ip:" + one)
                                .collect(Collectors.joining(","));
        keytool(
                "-gencert -rfc -alias ca -ext ku:critical=digitalSignature -ext eku=serverAuth"
                        + " -validity "
                        + DAYS
                        + " -ext "
                        + names,
                authorityStore,
                "-infile",
                request.toString(),
                "-outfile",
                certificate.toString());
        Files.delete(request);
        Files.writeString(certificate, Files.readString(certificate) + Files.readString(authority));
        PrivateFile.write(key, pem(privateKey(serverStore)));
    }

    private static void keytool(String options, Path store, String... more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(options.split(" ")));
        command.addAll(
                List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass"));
        command.add(STORE_PASSWORD);
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new CommandFailure(
                    "No certificate could be made. The JDK's keytool says: " + words.strip());
        }
    }

    private static Key privateKey(Path store) throws IOException {
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, STORE_PASSWORD.toCharArray());
            return keys.getKey("server", STORE_PASSWORD.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static String pem(Key key) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
        return "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n";
    }

    private static X509Certificate read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            Certificate first = CertificateFactory.getInstance("X.509").generateCertificate(in);
            return (X509Certificate) first;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static String hostName() {
        try {
            return java.net.InetAddress.getLocalHost().getHostName().replaceAll("[^\\w.-]", "-");
        } catch (java.net.UnknownHostException _) {
            return "this machine";
        }
    }

    private static void closed(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(
                    folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        }
    }
}
