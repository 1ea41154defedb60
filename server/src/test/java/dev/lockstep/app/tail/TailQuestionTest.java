package dev.lockstep.app.tail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.app.tail.TailQuestion.Mode;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TailQuestionTest {
    private final TailQuestion feed =
            new TailQuestion("orders", Optional.of("status=eq.ready"), Mode.FEED);
    private final TailQuestion raw = new TailQuestion("audit.log", Optional.empty(), Mode.RAW);
    private final TailPrinter printer = new TailPrinter(ZoneOffset.UTC);

    @Test
    void a_join_asks_for_a_feed_from_where_the_last_connection_broke() {
        assertThat(feed.join("k", Optional.of("T1")))
                .isEqualTo(
                        """
                        ["1","1","realtime:lockstep-tail","phx_join",{"config":{"feeds":\
                        [{"table":"orders","where":"status=eq.ready","since":"T1","limit":1}]},\
                        "access_token":"k"}]\
                        """);
    }

    @Test
    void a_raw_join_names_schema_and_table() {
        assertThat(raw.join("k", Optional.empty()))
                .contains(
                        "\"postgres_changes\":[{\"event\":\"*\",\"schema\":\"audit\",\"table\":\"log\"}]");
    }

    @Test
    void the_rows_that_were_there_before_are_not_news() {
        assertThat(
                        feed.read(
                                """
                                [null,null,"t","feed",{"id":1,"reset":"first","enter":[{"id":1}],\
                                "token":"T2"}]\
                                """))
                .containsExactly(new TailEvent.Progress("T2"));
    }

    @Test
    void a_later_reset_is_told_with_its_reason() {
        assertThat(feed.read("[null,null,\"t\",\"feed\",{\"id\":1,\"reset\":\"slow\"}]"))
                .containsExactly(new TailEvent.Afresh("slow"));
    }

    @Test
    void an_update_prints_its_key_and_what_changed() {
        assertThat(
                        lines(
                                feed,
                                """
                                [null,null,"t","feed",{"id":1,"at":3723004,"token":"T","update":\
                                [{"key":{"id":7},"set":{"status":"ready","version":3}}]}]\
                                """))
                .containsExactly("01:02:03.004  update  id=7  status=\"ready\" version=3");
    }

    @Test
    void a_deleted_row_prints_as_deleted_and_one_that_left_the_filter_as_left() {
        assertThat(
                        lines(
                                feed,
                                """
                                [null,null,"t","feed",{"id":1,"at":0,"leave":[\
                                {"key":{"id":7},"why":"deleted"},{"key":{"id":8},"why":"left"}]}]\
                                """))
                .containsExactly("00:00:00.000  delete  id=7", "00:00:00.000  leave   id=8");
    }

    @Test
    void a_token_in_the_middle_of_a_step_is_not_kept() {
        assertThat(feed.read("[null,null,\"t\",\"feed\",{\"id\":1,\"token\":\"T\",\"more\":true}]"))
                .isEmpty();
    }

    @Test
    void a_raw_update_prints_only_what_differs_from_the_old_row() {
        assertThat(
                        lines(
                                raw,
                                """
                                [null,null,"t","postgres_changes",{"ids":[1],"data":{\
                                "type":"UPDATE","commit_timestamp":"1970-01-01T00:00:01Z",\
                                "record":{"id":1,"a":2,"b":3},"old_record":{"id":1,"a":1,"b":3}}}]\
                                """))
                .containsExactly("00:00:01.000  UPDATE  id=1  a=2");
    }

    @Test
    void a_refusal_carries_its_reason_and_what_mends_it() {
        assertThat(
                        feed.read(
                                """
                                ["1","1","t","phx_reply",{"status":"error","response":\
                                {"reason":"no","hint":"ALTER TABLE …"}}]\
                                """))
                .containsExactly(new TailEvent.Refused("no", "ALTER TABLE …"));
    }

    @Test
    void a_line_for_programs_is_one_json_object() {
        TailEvent event =
                feed.read(
                                """
                                [null,null,"t","feed",{"id":1,"at":0,"enter":[{"id":7,"n":"x"}]}]\
                                """)
                        .getFirst();
        assertThat(printer.json((TailEvent.RowChanged) event, "orders"))
                .isEqualTo(
                        """
                        {"at":"1970-01-01T00:00:00Z","table":"orders","op":"enter",\
                        "values":{"id":7,"n":"x"}}\
                        """);
    }

    private List<String> lines(TailQuestion question, String frame) {
        return question.read(frame).stream()
                .filter(TailEvent.RowChanged.class::isInstance)
                .map(event -> printer.line((TailEvent.RowChanged) event))
                .toList();
    }
}
