package dev.lockstep.data;

import dev.lockstep.core.filter.FilterBounds;
import dev.lockstep.core.filter.NameReader;
import dev.lockstep.error.FailureException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// One parameter's text, read by a grammar; refuses with PGRST100 and the place.
final class QueryText extends NameReader {
    private final String text;

    private QueryText(String text, String kind) {
        super(text, kind);
        this.text = text;
    }

    /// Reads the whole text.
    ///
    /// @param kind what it is, for the refusal: `filter`, `order`, `select parameter`
    static <T> T read(String kind, String text, Function<QueryText, T> grammar) {
        QueryText reader = new QueryText(text, kind);
        try {
            FilterBounds.checked(text);
            T result = grammar.apply(reader);
            if (!reader.atEnd()) {
                throw reader.unexpected("end of input");
            }
            return result;
        } catch (Unparsable e) {
            throw error(kind, text, e.at, e.problem).thrown();
        } catch (FailureException e) {
            throw error(kind, text, reader.mark(), e.failure().message()).thrown();
        }
    }

    private static RestError error(String kind, String text, int at, String problem) {
        String shown = text.length() <= 200 ? text : text.substring(0, 200) + "…";
        return RestError.of(
                        400,
                        "PGRST100",
                        "\"failed to parse %s (%s)\" (line 1, column %d)"
                                .formatted(kind, shown, at + 1))
                .details(problem);
    }

    private static final class Unparsable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final int at;
        final String problem;

        Unparsable(int at, String problem) {
            super(problem, null, false, false);
            this.at = at;
            this.problem = problem;
        }
    }

    @Override
    public RuntimeException unexpected(String expected) {
        String found = atEnd() ? "end of input" : "\"" + text.charAt(mark()) + "\"";
        return refused("unexpected " + found + " expecting " + expected);
    }

    RuntimeException refused(String problem) {
        return new Unparsable(mark(), problem);
    }

    /// A column and, behind it, steps into JSON.
    Field field() {
        return path(identifier());
    }

    /// The steps that follow a column's name.
    Field path(String column) {
        List<Field.Step> steps = new ArrayList<>();
        while (takeWord("->")) {
            boolean asText = take('>');
            steps.add(step(asText));
            if (steps.size() > FilterBounds.MAX_DEPTH) {
                throw refused("a path may have at most " + FilterBounds.MAX_DEPTH + " steps");
            }
        }
        return new Field(column, steps);
    }

    private Field.Step step(boolean asText) {
        skipBlanks();
        if (peek('"')) {
            return new Field.Step(asText, quoted(), false);
        }
        int start = mark();
        StringBuilder key = new StringBuilder();
        while (!atEnd() && !endsBefore(".:,()") && !isArrow()) {
            key.append(next());
        }
        if (key.isEmpty()) {
            back(start);
            throw unexpected("any non reserved character different from: .,>() or a number");
        }
        String name = key.toString();
        return new Field.Step(asText, name, name.matches("-?\\d{1,9}"));
    }

    private boolean isArrow() {
        return text.startsWith("->", mark());
    }

    private char next() {
        char c = text.charAt(mark());
        back(mark() + 1);
        return c;
    }
}
