package dev.lockstep.data;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// How many rows PostgreSQL's planner expects.
final class Estimate {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Estimate() {}

    /// @param plan what EXPLAIN (FORMAT JSON) said
    static OptionalLong of(@Nullable String plan) {
        if (plan == null) {
            return OptionalLong.empty();
        }
        try {
            var rows = MAPPER.readTree(plan).path(0).path("Plan").path("Plan Rows");
            return rows.isNumber() ? OptionalLong.of(rows.asLong()) : OptionalLong.empty();
        } catch (JacksonException _) {
            return OptionalLong.empty();
        }
    }

    /// What was counted, if that did not end at the bound; else the larger of it and what is
    /// expected.
    static OptionalLong together(OptionalLong counted, OptionalLong estimate, int bound) {
        if (counted.isEmpty() || estimate.isEmpty()) {
            return counted.isPresent() ? counted : estimate;
        }
        if (bound == 0 || counted.getAsLong() <= bound) {
            return counted;
        }
        return OptionalLong.of(Math.max(counted.getAsLong(), estimate.getAsLong()));
    }
}
