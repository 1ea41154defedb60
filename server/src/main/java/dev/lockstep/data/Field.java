package dev.lockstep.data;

import java.util.List;

/// A column, or a place inside a JSON column.
record Field(String column, List<Step> path) {
    Field {
        path = List.copyOf(path);
    }

    /// @param text the step gives text (`->>`)
    /// @param index the key is an array's index
    record Step(boolean text, String key, boolean index) {}

    boolean isStar() {
        return column.equals("*") && path.isEmpty();
    }

    /// What the value is called in the answer: the last key that is a name.
    String label() {
        for (int i = path.size() - 1; i >= 0; i--) {
            if (!path.get(i).index()) {
                return path.get(i).key();
            }
        }
        return column;
    }
}
