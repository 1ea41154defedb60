package dev.lockstep.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One term of `order`: `due_at.desc.nullslast`, `meta->>x`, `companies(name).asc`.
///
/// @param relation an embed of one row whose column it is
record Sort(
        Optional<String> relation,
        Field field,
        Optional<Direction> direction,
        Optional<Nulls> nulls) {
    private static final int MAX_TERMS = 32;

    enum Direction {
        ASC,
        DESC
    }

    enum Nulls {
        FIRST,
        LAST
    }

    static List<Sort> parse(String text) {
        return QueryText.read("order", text, Sort::terms);
    }

    private static List<Sort> terms(QueryText reader) {
        List<Sort> terms = new ArrayList<>();
        if (reader.atEnd()) {
            return terms;
        }
        do {
            terms.add(term(reader));
            if (terms.size() > MAX_TERMS) {
                throw reader.refused("an order may name at most " + MAX_TERMS + " columns");
            }
        } while (reader.take(','));
        return terms;
    }

    private static Sort term(QueryText reader) {
        String name = reader.identifier();
        Optional<String> relation = Optional.empty();
        Field field;
        if (reader.take('(')) {
            relation = Optional.of(name);
            field = reader.field();
            reader.expect(')');
        } else {
            field = reader.path(name);
        }
        Optional<Direction> direction = Optional.empty();
        Optional<Nulls> nulls = Optional.empty();
        while (reader.take('.')) {
            int start = reader.mark();
            String word = reader.until(".,").strip();
            boolean plain = direction.isEmpty() && nulls.isEmpty();
            switch (word) {
                case "asc" -> direction = once(reader, start, plain, Direction.ASC);
                case "desc" -> direction = once(reader, start, plain, Direction.DESC);
                case "nullsfirst" -> nulls = once(reader, start, nulls.isEmpty(), Nulls.FIRST);
                case "nullslast" -> nulls = once(reader, start, nulls.isEmpty(), Nulls.LAST);
                default -> {
                    // Where the known word ends, as the reference counts.
                    reader.back(start + known(word));
                    throw reader.unexpected(
                            known(word) > 0
                                    ? "\",\" or end of input"
                                    : "\"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"");
                }
            }
        }
        if (!reader.endsBefore(",")) {
            throw reader.unexpected("\".\", \",\" or end of input");
        }
        return new Sort(relation, field, direction, nulls);
    }

    private static int known(String word) {
        for (String one : List.of("nullsfirst", "nullslast", "asc", "desc")) {
            if (word.startsWith(one)) {
                return one.length();
            }
        }
        return 0;
    }

    private static <T> Optional<T> once(QueryText reader, int start, boolean free, T value) {
        if (!free) {
            reader.back(start);
            throw reader.unexpected("\",\" or end of input");
        }
        return Optional.of(value);
    }
}
