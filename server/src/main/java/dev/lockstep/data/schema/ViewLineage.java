package dev.lockstep.data.schema;

import java.util.ArrayList;
import java.util.List;

/// Which columns of a view are plain copies of columns of other relations, read from the stored
/// query (`pg_rewrite.ev_action`): PostgreSQL keeps the origin of each column of a target list
/// there. Of the node text only the outermost target list is looked at.
final class ViewLineage {
    private static final String TARGETS = ":targetList ";

    private ViewLineage() {}

    /// @param column of the view, by number
    /// @param table where it comes from: a table, or a view of which the same can be asked
    record Origin(int column, long table, int tableColumn) {}

    static List<Origin> of(String nodes) {
        List<Origin> origins = new ArrayList<>();
        int depth = 0;
        boolean inTargets = false;
        long column = 0;
        long table = 0;
        for (int i = 0; i < nodes.length(); i++) {
            switch (nodes.charAt(i)) {
                case '\\' -> i++;
                case '{' -> depth++;
                case '}' -> depth--;
                case ':' -> {
                    if (depth == 1) {
                        inTargets = nodes.startsWith(TARGETS, i) && origins.isEmpty();
                    } else if (inTargets && depth == 2) {
                        if (nodes.startsWith(":resno ", i)) {
                            column = number(nodes, i + 7);
                        } else if (nodes.startsWith(":resorigtbl ", i)) {
                            table = number(nodes, i + 12);
                        } else if (nodes.startsWith(":resorigcol ", i) && table != 0) {
                            int tableColumn = (int) number(nodes, i + 12);
                            origins.add(new Origin((int) column, table, tableColumn));
                        }
                    }
                }
                default -> {}
            }
        }
        return origins;
    }

    private static long number(String text, int from) {
        int end = from;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        return end == from ? 0 : Long.parseLong(text.substring(from, end));
    }
}
