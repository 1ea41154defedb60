package dev.lockstep.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where a client stands in each of its feeds, as the one text that it comes back with: the token
/// of a single feed as it is, those of several in the order of the question. One thread's.
final class FeedPositions {
    /// Stands in no token, and needs no escape in a query or a header.
    private static final String BETWEEN = "~";

    private final List<String> tokens = new ArrayList<>();
    private List<Integer> ids = List.of();

    /// @param from the token of each feed, where the client has one
    FeedPositions(List<Optional<String>> from) {
        from.forEach(token -> tokens.add(token.orElse("")));
    }

    /// The tokens in a text. One that was made for another number of feeds is handed to each of
    /// them, so that each says that it is of another question.
    static List<Optional<String>> split(String text, int feeds) {
        String[] parts = text.split(BETWEEN, -1);
        List<Optional<String>> tokens = new ArrayList<>();
        for (int i = 0; i < feeds; i++) {
            String token = parts.length == feeds ? parts[i] : text;
            tokens.add(Optional.of(token).filter(t -> !t.isEmpty()));
        }
        return tokens;
    }

    /// @param known the ids of the feeds, in the order of the question
    void name(List<Integer> known) {
        ids = List.copyOf(known);
    }

    void move(int feed, String token) {
        int at = ids.indexOf(feed);
        if (at >= 0) {
            tokens.set(at, token);
        }
    }

    /// Whether the client can come back to every feed.
    boolean isComplete() {
        return !tokens.contains("");
    }

    String text() {
        return tokens.size() == 1 ? tokens.getFirst() : String.join(BETWEEN, tokens);
    }
}
