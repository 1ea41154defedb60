package dev.lockstep.storage.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.config.ConfigurationException;
import dev.lockstep.config.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3StoreTest {
    private static final TestStore server = TestStore.start();

    @TempDir private static Path folder;

    @AfterAll
    static void close() {
        server.close();
    }

    private static S3Store store(String... changes) {
        Map<String, String> settings = new TreeMap<>(server.settings());
        for (int at = 0; at < changes.length; at += 2) {
            settings.put("storage.s3." + changes[at], changes[at + 1]);
        }
        return new S3Store(config(settings), folder);
    }

    private static BlobId kept(S3Store store, String text) throws IOException {
        BlobId id = BlobId.random();
        Path draft = Files.writeString(store.draft(id), text);
        store.keep(draft, id);
        assertThat(draft).doesNotExist();
        return id;
    }

    private static String read(S3Store store, BlobId id, long offset, long length)
            throws IOException {
        BlobBody body = store.open(id, offset, length).orElseThrow();
        assertThat(body.length()).isEqualTo(length);
        try (BlobBody.InStream stream = (BlobBody.InStream) body) {
            return new String(stream.in().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void what_is_kept_can_be_read_whole_and_in_part_copied_and_deleted() throws IOException {
        try (S3Store store = store()) {
            BlobId id = kept(store, "hello, store");
            assertThat(read(store, id, 0, 12)).isEqualTo("hello, store");
            assertThat(read(store, id, 7, 5)).isEqualTo("store");
            assertThat(read(store, kept(store, ""), 0, 0)).isEmpty();

            BlobId copy = BlobId.random();
            assertThat(store.copy(id, copy)).isTrue();
            store.delete(List.of(id, BlobId.random()));

            assertThat(store.open(id, 0, 12)).isEmpty();
            assertThat(store.copy(id, BlobId.random())).isFalse();
            assertThat(read(store, copy, 0, 12)).isEqualTo("hello, store");
        }
    }

    @Test
    void a_store_that_does_not_delete_many_at_once_is_asked_for_each() throws IOException {
        try (TestStore strict = TestStore.startStrict();
                S3Store store = new S3Store(config(strict.settings()), folder)) {
            List<BlobId> ids = List.of(kept(store, "a"), BlobId.random(), kept(store, "b"));
            BlobId stays = kept(store, "c");
            store.delete(ids);
            assertThat(strict.objects()).isEqualTo(1);
            assertThat(read(store, stays, 0, 1)).isEqualTo("c");
        }
    }

    private static S3Config config(Map<String, String> settings) {
        return S3Config.of(Settings.of(settings)).orElseThrow();
    }

    @Test
    void a_reader_may_leave_before_the_end() throws IOException {
        try (S3Store store = store()) {
            BlobId id = kept(store, "x".repeat(4 << 20));
            BlobBody.InStream body = (BlobBody.InStream) store.open(id, 0, 4 << 20).orElseThrow();
            assertThat(body.in().read()).isEqualTo('x');
            body.close();
            assertThat(read(store, id, (4 << 20) - 3, 3)).isEqualTo("xxx");
        }
    }

    @Test
    void a_reader_may_take_longer_than_the_store_may() throws IOException {
        try (S3Store store = store("timeout", "200ms")) {
            BlobId id = kept(store, "x".repeat(4 << 20));
            long begun = System.nanoTime();
            long count = 0;
            try (BlobBody.InStream body =
                    (BlobBody.InStream) store.open(id, 0, 4 << 20).orElseThrow()) {
                byte[] piece = new byte[128 * 1024];
                for (int n = body.in().read(piece); n >= 0; n = body.in().read(piece)) {
                    count += n;
                    LockSupport.parkNanos(20_000_000);
                }
            }
            assertThat(count).isEqualTo(4 << 20);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isGreaterThan(Duration.ofMillis(600));
        }
    }

    @Test
    void a_place_belongs_to_who_claimed_it() throws IOException {
        try (S3Store store = store("prefix", "owned/")) {
            assertThat(store.owner()).isEmpty();
            store.claim("somebody");
            assertThat(store.owner()).contains("somebody");
        }
        try (S3Store other = store("prefix", "other/")) {
            assertThat(other.owner()).isEmpty();
        }
    }

    @Test
    void a_sweep_tells_of_all_that_are_old_enough_page_by_page_and_of_nothing_else()
            throws IOException {
        try (S3Store store = store("prefix", "swept/")) {
            store.claim("us");
            Set<BlobId> all = new HashSet<>();
            for (int count = 0; count < BlobStore.BATCH + 3; count++) {
                all.add(kept(store, "x"));
            }
            assertThat(swept(store, Instant.now().minus(Duration.ofHours(1)))).isEmpty();
            List<BlobId> old = swept(store, Instant.now().plus(Duration.ofHours(1)));
            assertThat(old).doesNotHaveDuplicates();
            assertThat(Set.copyOf(old)).isEqualTo(all);

            store.delete(old);
            assertThat(swept(store, Instant.now().plus(Duration.ofHours(1)))).isEmpty();
            assertThat(store.owner()).contains("us");
        }
    }

    private static List<BlobId> swept(S3Store store, Instant before) throws IOException {
        List<BlobId> told = new ArrayList<>();
        store.sweep(before, told::addAll);
        return told;
    }

    @ParameterizedTest
    @CsvSource({
        "secret-key, another-secret, 403",
        "bucket, nowhere, 404 NoSuchBucket",
    })
    void a_refusal_is_no_missing_file(String setting, String value, String said)
            throws IOException {
        try (S3Store store = store(setting, value)) {
            BlobId id = BlobId.random();
            Path draft = Files.writeString(store.draft(id), "x");
            assertThatThrownBy(() -> store.keep(draft, id))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(said)
                    .hasMessageContaining(server.url().toString());
            assertThatThrownBy(() -> store.open(id, 0, 1)).isInstanceOf(IOException.class);
            assertThat(draft).exists();
        }
    }

    @Test
    void a_store_that_says_nothing_is_not_waited_for_longer_than_the_setting_says()
            throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                S3Store store =
                        store(
                                "endpoint",
                                "http://127.0.0.1:" + silent.getLocalPort(),
                                "timeout",
                                "300ms")) {
            BlobId id = BlobId.random();
            Path draft = Files.writeString(store.draft(id), "x");
            assertIsGivenUp(() -> store.open(id, 0, 1));
            assertIsGivenUp(() -> store.keep(draft, id));
            assertIsGivenUp(() -> swept(store, Instant.now()));
        }
    }

    private static void assertIsGivenUp(ThrowingCallable call) {
        long begun = System.nanoTime();
        assertThatThrownBy(call)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be reached");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @CsvSource({
        "endpoint, s3.example.org, storage.s3.endpoint (LOCKSTEP_STORAGE_S3_ENDPOINT) is \"s3.example.org\": give an address",
        "endpoint, https://user:pass@host, give an address such as https://s3.example.org",
        "bucket, No_Such, storage.s3.bucket (LOCKSTEP_STORAGE_S3_BUCKET) is \"No_Such\": give 3 to 63",
        "bucket, '', is missing: name the bucket",
        "access-key, '', storage.s3.access-key (LOCKSTEP_STORAGE_S3_ACCESS_KEY) is missing",
        "secret-key, '', storage.s3.secret-key (LOCKSTEP_STORAGE_S3_SECRET_KEY) is missing",
        "prefix, lockstep/../up/, give a folder such as lockstep/",
        "region, 'a b', give a region",
        "timeout, 1ms, give 100ms to 10m",
    })
    void a_wrong_setting_is_told_at_the_start(String key, String value, String said) {
        Map<String, String> given = new TreeMap<>(server.settings());
        given.put("storage.s3." + key, value);
        Settings settings = Settings.of(given);
        S3Config.of(settings);
        assertThatThrownBy(settings::check)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(said);
    }

    @Test
    void its_keys_are_never_printed() {
        Settings settings = Settings.of(server.settings());
        Optional<S3Config> config = S3Config.of(settings);
        settings.check();
        assertThat(settings.print() + config)
                .doesNotContain(server.settings().get("storage.s3.secret-key"))
                .doesNotContain(server.settings().get("storage.s3.access-key"));
    }
}
