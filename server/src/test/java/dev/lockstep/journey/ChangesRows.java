package dev.lockstep.journey;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// What a `postgres_changes` client of a table of [Writers] can say of it: each row's version, and
/// whatever would mean that a change was told twice, or one before it not at all.
final class ChangesRows {
    private final TreeMap<String, String> versions = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();
    private boolean complete = true;

    /// Rows that were there before it listened are not known to it.
    static ChangesRows fromNowOn() {
        ChangesRows rows = new ChangesRows();
        rows.complete = false;
        return rows;
    }

    /// @param data of one `postgres_changes` message
    void take(JsonNode data) {
        JsonNode row = data.get("record");
        switch (data.get("type").asString()) {
            case "INSERT" -> {
                if (versions.put(row.get("id").toString(), row.get("version").toString()) != null) {
                    faults.add("a row that was there already: " + data);
                }
            }
            case "UPDATE" -> update(row);
            case "DELETE" -> {
                String id = data.get("old_record").get("id").toString();
                if (versions.remove(id) == null && complete) {
                    faults.add("the end of a row that was not there: " + data);
                }
            }
            default -> faults.add("unknown: " + data);
        }
    }

    private void update(JsonNode row) {
        String before = versions.put(row.get("id").toString(), row.get("version").toString());
        long version = row.get("version").asLong();
        if (before == null ? complete : Long.parseLong(before) != version - 1) {
            faults.add("version " + version + " came after " + before + " of row " + row.get("id"));
        }
    }

    TreeMap<String, String> versions() {
        return versions;
    }

    List<String> faults() {
        return faults;
    }
}
