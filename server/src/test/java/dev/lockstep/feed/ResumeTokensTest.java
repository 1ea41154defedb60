package dev.lockstep.feed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.core.Lsn;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResumeTokensTest {
    private final ResumeTokens tokens = new ResumeTokens("a key of enough bytes".getBytes(UTF_8));

    @Test
    void what_was_issued_is_read() {
        Random random = new Random(4);
        for (int i = 0; i < 1_000; i++) {
            ResumeToken asked =
                    new ResumeToken(
                            random.nextLong(),
                            new Lsn(random.nextLong()),
                            random.nextInt(),
                            random.nextLong());
            String text =
                    tokens.issue(asked.epochHash(), asked.end(), asked.part(), asked.fingerprint());

            assertThat(tokens.read(text)).contains(asked);
            assertThat(text).matches("[A-Za-z0-9_-]{88}");
        }
    }

    @Test
    void every_flipped_bit_is_refused() {
        byte[] good = Base64.getUrlDecoder().decode(tokens.issue("epoch", new Lsn(77), 3, 99));
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);

            assertThat(tokens.read(Base64.getUrlEncoder().encodeToString(bad)))
                    .as("bit %d", bit)
                    .isEmpty();
        }
    }

    @Test
    void a_token_of_another_key_is_refused() {
        ResumeTokens others = new ResumeTokens("another key of enough bytes".getBytes(UTF_8));

        assertThat(tokens.read(others.issue("epoch", new Lsn(77), 0, 1))).isEmpty();
    }

    @Test
    void those_who_stand_at_one_place_differ_in_their_question_alone() {
        String one = tokens.issue("epoch", new Lsn(77), 0, 1);
        String other = tokens.issue("epoch", new Lsn(77), 0, 2);
        String later = tokens.issue("epoch", new Lsn(78), 0, 1);

        assertThat(other.substring(0, 52)).isEqualTo(one.substring(0, 52));
        assertThat(other).isNotEqualTo(one);
        assertThat(later.substring(52)).isEqualTo(one.substring(52));
        assertThat(later).isNotEqualTo(one);
    }

    @Test
    void garbage_is_no_token() {
        Random random = new Random(8);
        assertThat(tokens.read("")).isEmpty();
        assertThat(tokens.read("!".repeat(88))).isEmpty();
        assertThat(tokens.read("é".repeat(88))).isEmpty();
        for (int i = 0; i < 1_000; i++) {
            byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            assertThat(tokens.read(Base64.getUrlEncoder().encodeToString(bytes))).isEmpty();
        }
    }

    @Test
    void a_fingerprint_is_stable_and_knows_where_a_text_ends() {
        Set<Long> seen = new HashSet<>();
        seen.add(Fingerprint.of());
        seen.add(Fingerprint.of(""));
        seen.add(Fingerprint.of("", ""));
        seen.add(Fingerprint.of("ab"));
        seen.add(Fingerprint.of("a", "b"));
        seen.add(Fingerprint.of("b", "a"));

        assertThat(seen).hasSize(6);
        assertThat(Fingerprint.of("a", "b")).isEqualTo(Fingerprint.of(List.of("a", "b")));
        // Held fast: tokens outlive the process.
        assertThat(Fingerprint.of("orders")).isEqualTo(HELD);
    }

    private static final long HELD = -5538997715757861919L;
}
