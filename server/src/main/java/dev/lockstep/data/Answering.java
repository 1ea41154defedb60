package dev.lockstep.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// From what the database gave to status, headers and body. Pure.
record Answering(
        RestRequest request,
        RestConfig config,
        Preferences preferences,
        Media media,
        RestPlan plan) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /// Clients take some 16 KB of headers: an address that long must not come back in one.
    private static final int MAX_LOCATION = 4_096;

    private static final String VARY = "Accept, Prefer, Range";

    /// What must be seen before the commit.
    Runner.Ending ending() {
        boolean undo =
                config.transactionEnd()
                        && preferences.transaction().equals(Optional.of("rollback"));
        OptionalLong bound = isWriting() ? preferences.affectedBound() : OptionalLong.empty();
        boolean looks =
                bound.isPresent()
                        || plan.kind() == RestPlan.Kind.PUT
                        || plan.mustMatch()
                        || isSingle() && !plan.readOnly();
        return new Runner.Ending(
                looks ? Optional.of(result -> look(result, bound)) : Optional.empty(), undo);
    }

    private boolean isWriting() {
        return plan.kind() != RestPlan.Kind.READ;
    }

    private boolean isSingle() {
        return media.isSingle() && !plan.nothingToReturn();
    }

    private void look(Runner.Result result, OptionalLong bound) {
        if (plan.kind() == RestPlan.Kind.PUT && result.rows() != 1) {
            throw WriteStatement.mismatch().thrown();
        }
        if (bound.isPresent() && result.rows() > bound.getAsLong()) {
            throw RestErrors.tooManyAffected(result.rows()).thrown();
        }
        if (isSingle() && result.rows() != 1 || plan.mustMatch() && result.rows() == 0) {
            throw RestErrors.notSingle(result.rows()).thrown();
        }
    }

    RestAnswer answer(String schema, Runner.Result result) {
        if (isSingle() && result.rows() != 1) {
            throw RestErrors.notSingle(result.rows()).thrown();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("vary", VARY);
        boolean profiled =
                request.headers().containsKey("accept-profile")
                        || request.headers().containsKey("content-profile")
                        || config.schemas().size() > 1;
        if (profiled) {
            headers.put("content-profile", schema);
        }
        String applied = applied();
        if (!applied.isEmpty()) {
            headers.put("preference-applied", applied);
        }
        result.position().ifPresent(position -> headers.put(Positions.HEADER, position));
        int status =
                switch (plan.kind()) {
                    case READ -> read(headers, result);
                    case CALL -> called(headers, result);
                    case INSERT -> inserted(headers, result);
                    case UPDATE -> written(headers, result, rangeOf(0, result));
                    case DELETE -> written(headers, result, "*/" + total(result.total()));
                    case PUT -> put(headers, result);
                };
        headers.putAll(result.settings().headers());
        status = result.settings().status().orElse(status);
        boolean bodiless = status == 204 || status == 304 || plan.nothingToReturn();
        byte[] body = bodiless ? RestAnswer.NOTHING : result.body();
        return new RestAnswer(status, headers, body);
    }

    private int read(Map<String, String> headers, Runner.Result result) {
        headers.put("content-type", media.contentType());
        String location = location();
        if (location.length() <= MAX_LOCATION) {
            headers.put("content-location", location);
        }
        return page(headers, result);
    }

    private int called(Map<String, String> headers, Runner.Result result) {
        int status = page(headers, result);
        boolean minimal = preferences.returning().equals(Optional.of("minimal"));
        boolean nothing = result.body().length == 0 && !request.isHead() && !minimal;
        if (nothing) {
            return 204; // void
        }
        headers.put("content-type", media.contentType());
        return minimal ? 204 : status;
    }

    /// Where these rows stand among all.
    private int page(Map<String, String> headers, Runner.Result result) {
        boolean cut = result.extra().filter(word -> word.equals("t")).isPresent();
        long rows = result.rows();
        if (cut) {
            headers.put("lockstep-truncated", "max-rows=" + config.maxRows());
        }
        long offset = plan.slice().offset();
        headers.put("content-range", rangeOf(offset, result));
        if (result.total().isEmpty()) {
            return 200;
        }
        long total = result.total().getAsLong();
        if (offset > total) {
            throw RestErrors.offsetBeyond(offset, total).thrown();
        }
        return rows < total ? 206 : 200;
    }

    private static String rangeOf(long offset, Runner.Result result) {
        boolean none = result.rows() == 0 || result.total().equals(OptionalLong.of(0));
        String rows = none ? "*" : offset + "-" + (offset + result.rows() - 1);
        return rows + "/" + total(result.total());
    }

    private static String total(OptionalLong total) {
        return total.isPresent() ? Long.toString(total.getAsLong()) : "*";
    }

    private int inserted(Map<String, String> headers, Runner.Result result) {
        headers.put("content-range", "*/" + total(result.total()));
        if (!plan.nothingToReturn()) {
            headers.put("content-type", media.contentType());
        }
        if (!plan.key().isEmpty() && result.rows() == 1) {
            result.extra().ifPresent(key -> headers.put("location", address(key)));
        }
        boolean onlyUpdates =
                plan.resolves()
                        && preferences.merges()
                        && result.extra().map(Answering::number).orElse(0L) <= 0;
        return onlyUpdates ? 200 : 201;
    }

    private int put(Map<String, String> headers, Runner.Result result) {
        headers.put("content-range", rangeOf(0, result));
        boolean made = result.extra().map(Answering::number).orElse(0L) > 0;
        if (!plan.nothingToReturn()) {
            headers.put("content-type", media.contentType());
            return made ? 201 : 200;
        }
        return made ? 201 : 204;
    }

    private int written(Map<String, String> headers, Runner.Result result, String range) {
        headers.put("content-range", range);
        if (plan.nothingToReturn()) {
            return 204;
        }
        headers.put("content-type", media.contentType());
        return 200;
    }

    private static long number(String text) {
        return text.matches("-?\\d{1,18}") ? Long.parseLong(text) : 0;
    }

    /// Keys sorted, so that one question has one address.
    private String location() {
        List<String> pairs = new ArrayList<>();
        request.query()
                .forEach((name, values) ->
                        values.forEach(value -> pairs.add(encoded(name) + "=" + encoded(value))));
        String path =
                request.path().stream().map(Answering::encoded).collect(Collectors.joining("/"));
        return "/"
                + path
                + (pairs.isEmpty() ? "" : "?")
                + pairs.stream().sorted().collect(Collectors.joining("&"));
    }

    private String address(String key) {
        JsonNode values = MAPPER.readTree(key);
        String filters =
                plan.key().stream()
                        .map(column ->
                                encoded(column)
                                        + "=eq."
                                        + encoded(values.path(column).asString("")))
                        .collect(Collectors.joining("&"));
        return "/" + encoded(request.path().getLast()) + "?" + filters;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("*", "%2A").replace("%7E", "~");
    }

    /// What was heeded, in the protocol's order.
    private String applied() {
        List<String> applied = new ArrayList<>();
        boolean insert = plan.kind() == RestPlan.Kind.INSERT;
        boolean update = plan.kind() == RestPlan.Kind.UPDATE;
        boolean write =
                insert
                        || update
                        || plan.kind() == RestPlan.Kind.DELETE
                        || plan.kind() == RestPlan.Kind.PUT;
        if (insert && plan.resolves()) {
            preferences.resolution().ifPresent(value -> applied.add("resolution=" + value));
        }
        if (insert || update) {
            preferences.missing().ifPresent(value -> applied.add("missing=" + value));
        }
        if (write) {
            preferences.returning().ifPresent(value -> applied.add("return=" + value));
        }
        preferences.count().ifPresent(value -> applied.add("count=" + value));
        if (config.transactionEnd()) {
            preferences.transaction().ifPresent(value -> applied.add("tx=" + value));
        }
        preferences.handling().ifPresent(value -> applied.add("handling=" + value));
        preferences.timezone().ifPresent(value -> applied.add("timezone=" + value));
        if (preferences.affectedBound().isPresent()) {
            applied.add("max-affected=" + preferences.affectedBound().getAsLong());
        }
        return String.join(", ", applied);
    }
}
