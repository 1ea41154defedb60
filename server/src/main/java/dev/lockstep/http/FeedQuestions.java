package dev.lockstep.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.error.Failure;
import dev.lockstep.error.FailureException;
import dev.lockstep.wire.FeedRequest;
import dev.lockstep.wire.MalformedFrameException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// What feeds a request asks for: by parameters, as `feed=` of JSON, or in the body.
final class FeedQuestions {
    private static final int MAX_BATCH = 10_000;

    private FeedQuestions() {}

    /// @throws FailureException `Invalid`, naming the parameter
    static List<FeedRequest> read(Request request) {
        List<FeedRequest> feeds =
                request.method().equals("POST") ? ofBody(request.body()) : ofQuery(request);
        return request.header("last-event-id")
                .filter(id -> !id.isBlank())
                .or(() -> request.query("since").filter(since -> !since.isBlank()))
                .map(since -> from(feeds, since.strip()))
                .orElse(feeds);
    }

    private static List<FeedRequest> from(List<FeedRequest> feeds, String since) {
        List<Optional<String>> tokens = FeedPositions.split(since, feeds.size());
        return IntStream.range(0, feeds.size())
                .mapToObj(i -> feeds.get(i).from(tokens.get(i)))
                .toList();
    }

    private static List<FeedRequest> ofBody(byte[] body) {
        List<FeedRequest> feeds;
        try {
            feeds = FeedRequest.ofConfig(new String(body, UTF_8));
        } catch (MalformedFrameException _) {
            throw invalid("body", "is not a JSON object with feeds");
        }
        if (feeds.isEmpty()) {
            throw invalid(
                    "feeds", "is missing: name one at least, such as [{\"table\":\"orders\"}]");
        }
        return feeds;
    }

    private static List<FeedRequest> ofQuery(Request request) {
        List<String> whole = request.query().getOrDefault("feed", List.of());
        Optional<String> table = request.query("table").filter(name -> !name.isBlank());
        if (whole.isEmpty() && table.isEmpty()) {
            throw invalid("table", "is missing: give table=orders, or feed={\"table\":\"orders\"}");
        }
        if (!whole.isEmpty() && table.isPresent()) {
            throw invalid("table", "and feed cannot both be given");
        }
        return table.map(name -> List.of(ofParameters(request, name)))
                .orElseGet(() -> whole.stream().map(FeedQuestions::ofJson).toList());
    }

    private static FeedRequest ofJson(String json) {
        try {
            return FeedRequest.read(json);
        } catch (MalformedFrameException _) {
            throw invalid("feed", "is not a JSON object");
        }
    }

    private static FeedRequest ofParameters(Request request, String table) {
        return new FeedRequest(
                table,
                request.query("select").map(FeedQuestions::columns).filter(list -> !list.isEmpty()),
                request.query("where").filter(text -> !text.isBlank()),
                request.query("order").filter(text -> !text.isBlank()),
                number(request, "limit", Integer.MAX_VALUE),
                request.query("total").filter(word -> word.equalsIgnoreCase("true")).isPresent(),
                Optional.empty(),
                Duration.ofMillis(number(request, "batchMs", MAX_BATCH).orElse(0)));
    }

    private static List<String> columns(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /// A whole number from 0 to `max`.
    static Optional<Integer> number(Request request, String name, int max) {
        return request.query(name)
                .map(text -> {
                    try {
                        int value = Integer.parseInt(text.strip());
                        if (value >= 0 && value <= max) {
                            return value;
                        }
                    } catch (NumberFormatException _) {
                        // Said below, as for a number out of range.
                    }
                    throw invalid(
                            name, "is \"" + text + "\": give a whole number from 0 to " + max);
                });
    }

    private static FailureException invalid(String field, String problem) {
        return new FailureException(new Failure.Invalid(field, problem));
    }
}
