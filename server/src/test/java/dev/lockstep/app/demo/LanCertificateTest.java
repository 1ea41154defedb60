package dev.lockstep.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanCertificateTest {
    @TempDir Path folder;

    @Test
    void the_certificate_names_every_address_and_is_signed_by_the_folders_authority()
            throws Exception {
        LanCertificate made = make("127.0.0.1", "192.168.7.9");
        X509Certificate server = read(made.certificate());
        server.verify(read(made.authority()).getPublicKey());
        assertThat(server.getSubjectAlternativeNames().stream().<Object>map(name -> name.get(1)))
                .containsExactlyInAnyOrder("localhost", "127.0.0.1", "192.168.7.9");
    }

    @Test
    void another_address_gives_another_certificate_of_the_same_authority() throws Exception {
        LanCertificate before = make("127.0.0.1");
        String authority = before.fingerprint();
        X509Certificate old = read(before.certificate());
        LanCertificate after = make("127.0.0.1", "10.0.0.3");
        assertThat(read(after.certificate())).isNotEqualTo(old);
        assertThat(after.fingerprint()).isEqualTo(authority);
    }

    @Test
    void the_same_addresses_keep_their_certificate() throws Exception {
        X509Certificate first = read(make("127.0.0.1").certificate());
        assertThat(read(make("127.0.0.1").certificate())).isEqualTo(first);
    }

    private LanCertificate make(String... addresses) throws IOException, InterruptedException {
        return LanCertificate.in(folder, List.of(addresses), InstantSource.system());
    }

    private static X509Certificate read(Path file) throws IOException, GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
    }
}
