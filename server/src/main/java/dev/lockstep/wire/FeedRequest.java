package dev.lockstep.wire;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One entry of a join's `feeds`.
///
/// @param table `table` or `schema.table`
/// @param select column names; empty for all that the caller may read
/// @param where the REST filter grammar, undecoded: `status=eq.pending&or=(a.eq.1,b.gt.2)`
/// @param order the REST order grammar: `due_at.asc.nullslast,id.desc`
/// @param limit how many rows a `reset` may hold
/// @param total whether a `reset` counts all rows of the filter
/// @param since a resume token
/// @param batch how long changes may be gathered
public record FeedRequest(
        String table,
        Optional<List<String>> select,
        Optional<String> where,
        Optional<String> order,
        Optional<Integer> limit,
        boolean total,
        Optional<String> since,
        Duration batch) {

    /// One entry of `feeds`, read as leniently as a join is.
    ///
    /// @throws MalformedFrameException when the text is no JSON object
    public static FeedRequest read(String json) {
        return JoinReader.feed(RawJson.members(json));
    }

    /// The entries of a join's `config`.
    ///
    /// @throws MalformedFrameException when the text is no JSON object
    public static List<FeedRequest> ofConfig(String json) {
        return JoinReader.feeds(RawJson.members(json));
    }

    /// The same question from another position on.
    public FeedRequest from(Optional<String> token) {
        return new FeedRequest(table, select, where, order, limit, total, token, batch);
    }
}
