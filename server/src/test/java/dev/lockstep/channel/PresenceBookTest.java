package dev.lockstep.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PresenceBookTest {
    private final PresenceBook<String> book = new PresenceBook<>();

    @Test
    void an_empty_topic_has_an_empty_state_and_no_diff() {
        assertThat(book.state()).isEqualTo("{}");
        assertThat(book.takeDiff()).isEmpty();
    }

    @Test
    void a_member_that_tracks_joins() {
        book.track("tab", "ada", "{\"name\":\"Ada\"}", "r1");

        assertThat(book.takeDiff())
                .hasValue(
                        "{\"joins\":{\"ada\":{\"metas\":[{\"phx_ref\":\"r1\",\"name\":\"Ada\"}]}},"
                                + "\"leaves\":{}}");
        assertThat(book.state())
                .isEqualTo("{\"ada\":{\"metas\":[{\"phx_ref\":\"r1\",\"name\":\"Ada\"}]}}");
    }

    @Test
    void an_update_is_a_join_of_the_new_and_a_leave_of_the_old_in_one_diff() {
        book.track("tab", "ada", "{\"at\":1}", "r1");
        book.takeDiff();

        book.track("tab", "ada", "{\"at\":2}", "r2");

        assertThat(book.takeDiff())
                .hasValue(
                        "{\"joins\":{\"ada\":{\"metas\":[{\"phx_ref\":\"r2\",\"phx_ref_prev\":\"r1\","
                                + "\"at\":2}]}},\"leaves\":{\"ada\":{\"metas\":[{\"phx_ref\":\"r1\","
                                + "\"at\":1}]}}}");
    }

    @Test
    void the_same_payload_again_is_no_news() {
        book.track("tab", "ada", "{\"at\":1}", "r1");
        book.takeDiff();

        book.track("tab", "ada", "{\"at\":1}", "r2");

        assertThat(book.takeDiff()).isEmpty();
    }

    @Test
    void two_tabs_of_one_person_are_two_metas_of_one_key() {
        book.track("tab 1", "ada", "{}", "r1");
        book.track("tab 2", "ada", "{}", "r2");
        book.takeDiff();

        book.untrack("tab 1");

        assertThat(book.takeDiff())
                .hasValue("{\"joins\":{},\"leaves\":{\"ada\":{\"metas\":[{\"phx_ref\":\"r1\"}]}}}");
        assertThat(book.state()).isEqualTo("{\"ada\":{\"metas\":[{\"phx_ref\":\"r2\"}]}}");
    }

    @Test
    void who_came_and_went_between_two_diffs_is_never_told() {
        book.track("tab", "ada", "{}", "r1");
        book.untrack("tab");

        assertThat(book.takeDiff()).isEmpty();
    }

    /// A client that applies the diffs as they come holds what the state says.
    @RepeatedTest(50)
    void diffs_lead_to_the_state(RepetitionInfo repetition) {
        long seed = repetition.getCurrentRepetition();
        Random random = new Random(seed);
        List<String> held = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String member = "m" + random.nextInt(5);
            if (random.nextInt(3) == 0) {
                book.untrack(member);
            } else {
                book.track(
                        member,
                        "k" + random.nextInt(2),
                        "{\"n\":" + random.nextInt(3) + "}",
                        "r" + i);
            }
            if (random.nextInt(4) == 0) {
                book.takeDiff().ifPresent(diff -> apply(held, diff));
                assertThat(held)
                        .as("seed %d, step %d", seed, i)
                        .containsExactlyInAnyOrderElementsOf(refs(book.state()));
            }
        }
    }

    private static void apply(List<String> held, String diff) {
        String[] sides = diff.split("\"leaves\":", 2);
        held.addAll(refs(sides[0]));
        List<String> gone = refs(sides[1]);
        assertThat(held).containsAll(gone);
        held.removeAll(gone);
    }

    private static List<String> refs(String json) {
        return java.util.regex.Pattern.compile("\"phx_ref\":\"(\\w+)\"")
                .matcher(json)
                .results()
                .map(match -> match.group(1))
                .toList();
    }
}
