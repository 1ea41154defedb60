package dev.lockstep.data;

import dev.lockstep.core.filter.FilterBounds;
import dev.lockstep.data.Selection.Aggregate;
import dev.lockstep.data.Selection.Embed;
import dev.lockstep.data.Selection.Join;
import dev.lockstep.data.Selection.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// `select=id,status:state,total::text,meta->>x,items!inner(*),...companies(name)`.
final class SelectGrammar {
    static final int MAX_ITEMS = 1_000;

    /// A cast cannot be quoted (`double precision`), so only what no SQL can hide in is let
    /// through.
    private static final Pattern CAST = Pattern.compile("[A-Za-z_][A-Za-z0-9_ ]{0,62}(\\[\\])?");

    private static final String STOPS = ",()";
    private final QueryText reader;
    private int items;

    private SelectGrammar(QueryText reader) {
        this.reader = reader;
    }

    static List<Selection> parse(String text) {
        return QueryText.read(
                "select parameter", text, reader -> new SelectGrammar(reader).items(1));
    }

    private List<Selection> items(int depth) {
        if (depth > FilterBounds.MAX_DEPTH) {
            throw reader.refused("embeds may nest at most " + FilterBounds.MAX_DEPTH + " levels");
        }
        List<Selection> all = new ArrayList<>();
        reader.skipBlanks();
        if (reader.endsBefore(")")) {
            return all;
        }
        do {
            if (++items > MAX_ITEMS) {
                throw reader.refused("a select may name at most " + MAX_ITEMS + " items");
            }
            all.add(item(depth));
            reader.skipBlanks();
        } while (reader.take(','));
        return all;
    }

    private Selection item(int depth) {
        reader.skipBlanks();
        if (reader.takeWord("...")) {
            return embed(Optional.empty(), reader.identifier(), true, depth);
        }
        if (reader.take('*')) {
            return value(new Field("*", List.of()), Optional.empty());
        }
        String name = reader.identifier();
        Optional<String> alias = Optional.empty();
        int colon = reader.mark();
        if (reader.take(':')) {
            if (reader.peek(':')) {
                reader.back(colon);
            } else {
                alias = Optional.of(name);
                name = reader.identifier();
            }
        }
        if (reader.peek('!')) {
            return embed(alias, name, false, depth);
        }
        if (reader.peek('(')) {
            return name.equals("count") && isCall()
                    ? counted(alias)
                    : embed(alias, name, false, depth);
        }
        return value(reader.path(name), alias);
    }

    /// `count()`, which is no relation that is joined without output.
    private boolean isCall() {
        int start = reader.mark();
        boolean call = reader.takeWord("()");
        reader.back(start);
        return call;
    }

    private Value counted(Optional<String> alias) {
        reader.takeWord("()");
        return new Value(
                new Field("", List.of()),
                alias,
                Optional.empty(),
                Optional.of(Aggregate.COUNT),
                cast());
    }

    private Value value(Field field, Optional<String> alias) {
        Optional<String> cast = cast();
        Optional<Aggregate> aggregate = Optional.empty();
        Optional<String> aggregateCast = Optional.empty();
        if (reader.take('.')) {
            String word = reader.until(STOPS + ":");
            aggregate = aggregate(word);
            if (aggregate.isEmpty() || !reader.takeWord("()")) {
                throw reader.unexpected(
                        "\"sum()\", \"avg()\", \"count()\", \"max()\" or \"min()\"");
            }
            aggregateCast = cast();
        }
        reader.skipBlanks();
        if (!reader.endsBefore(",)")) {
            throw reader.unexpected("\"->>\", \"->\", \"::\", \".\", \")\", \",\" or end of input");
        }
        return new Value(field, alias, cast, aggregate, aggregateCast);
    }

    private static Optional<Aggregate> aggregate(String word) {
        for (Aggregate one : Aggregate.values()) {
            if (one.word().equals(word.strip())) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    private Optional<String> cast() {
        if (!reader.takeWord("::")) {
            return Optional.empty();
        }
        String type = reader.until(STOPS + ".:").strip();
        if (!CAST.matcher(type).matches()) {
            throw reader.refused("unexpected \"" + type + "\" expecting a type's name");
        }
        return Optional.of(type);
    }

    private Embed embed(Optional<String> alias, String target, boolean spread, int depth) {
        Optional<String> hint = Optional.empty();
        Join join = Join.LEFT;
        while (reader.take('!')) {
            String word = reader.identifier();
            switch (word) {
                case "inner" -> join = Join.INNER;
                case "left" -> join = Join.LEFT;
                default -> hint = Optional.of(word);
            }
        }
        reader.expect('(');
        List<Selection> inside = items(depth + 1);
        reader.expect(')');
        return new Embed(target, alias, hint, join, spread, inside);
    }
}
