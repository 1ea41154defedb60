package dev.lockstep.core.filter;

import static dev.lockstep.core.filter.FilterBounds.invalid;

import java.util.ArrayList;
import java.util.List;

/// The REST `order`: `due_at.asc.nullslast,id.desc`. Without a word about NULLs they stand where
/// PostgreSQL puts them: last ascending, first descending. A name with a dot or a comma is quoted.
public final class OrderGrammar {
    private static final int MAX_COLUMNS = 32;

    private OrderGrammar() {}

    /// @return empty for a blank text
    public static List<Order> parse(String text) {
        List<Order> orders = new ArrayList<>();
        if (FilterBounds.checked(text).isBlank()) {
            return orders;
        }
        NameReader reader = new NameReader(text, "order");
        do {
            orders.add(order(reader));
        } while (reader.take(','));
        if (!reader.atEnd()) {
            throw reader.unexpected("\",\" or the end");
        }
        if (orders.size() > MAX_COLUMNS) {
            throw invalid("an order may name at most " + MAX_COLUMNS + " columns");
        }
        return List.copyOf(orders);
    }

    private static Order order(NameReader reader) {
        String column = reader.name();
        boolean descending = false;
        boolean directed = false;
        while (reader.take('.')) {
            String word = reader.until(".,").strip();
            switch (word) {
                case "asc", "desc" -> {
                    if (directed) {
                        throw misplaced(word);
                    }
                    directed = true;
                    descending = word.equals("desc");
                }
                case "nullsfirst", "nullslast" -> {
                    if (reader.peek('.')) {
                        throw misplaced(word);
                    }
                    return new Order(column, descending, word.equals("nullsfirst"));
                }
                default ->
                        throw invalid(
                                "failed to parse order: unexpected \""
                                        + word
                                        + "\", expecting asc, desc, nullsfirst or nullslast");
            }
        }
        return new Order(column, descending, descending);
    }

    private static RuntimeException misplaced(String word) {
        return invalid("failed to parse order: \"" + word + "\" stands in the wrong place");
    }
}
