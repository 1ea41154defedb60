package dev.lockstep.data;

import dev.lockstep.data.schema.ExposedFunction;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is to be done, before any database is asked: a statement whose one row holds the whole
/// answer, and what must hold before it is committed.
///
/// @param estimate whose plan says how many rows there are, where that was asked for
/// @param settings of the transaction beside the caller's
/// @param mustMatch a write that changes no row is an error
/// @param key columns of a row that was inserted alone, where its address was asked for
/// @param uses what a read names; empty for writes
record RestPlan(
        Kind kind,
        Sql.Statement main,
        Optional<Sql.Statement> estimate,
        boolean readOnly,
        Map<String, String> settings,
        Slice slice,
        boolean nothingToReturn,
        boolean resolves,
        boolean mustMatch,
        List<String> key,
        Optional<Uses> uses) {
    /// The columns of the one row.
    static final int TOTAL = 1;

    static final int ROWS = 2;
    static final int BODY = 3;
    static final int HEADERS = 4;
    static final int STATUS = 5;

    /// Depends on the kind: whether a read was cut, how many rows an upsert inserted, the key of a
    /// row that was inserted alone.
    static final int EXTRA = 6;

    enum Kind {
        READ,
        INSERT,
        UPDATE,
        DELETE,
        PUT,
        CALL
    }

    static RestPlan read(
            Kind kind,
            Sql.Statement main,
            Optional<Sql.Statement> estimate,
            boolean readOnly,
            Map<String, String> settings,
            Slice slice,
            Uses uses) {
        return new RestPlan(
                kind,
                main,
                estimate,
                readOnly,
                settings,
                slice,
                false,
                false,
                false,
                List.of(),
                Optional.of(uses));
    }

    static RestPlan write(
            Kind kind, Sql.Statement main, boolean nothing, boolean resolves, List<String> key) {
        return new RestPlan(
                kind,
                main,
                Optional.empty(),
                false,
                Map.of(),
                Slice.ALL,
                nothing,
                resolves,
                false,
                key,
                Optional.empty());
    }

    /// The same, of what a function gives.
    RestPlan calling(ExposedFunction function) {
        return new RestPlan(
                kind,
                main,
                estimate,
                readOnly,
                settings,
                slice,
                nothingToReturn,
                resolves,
                mustMatch,
                key,
                uses.map(known -> known.calling(function)));
    }

    /// The same, of which it is an error to change no row.
    RestPlan matching() {
        return new RestPlan(
                kind,
                main,
                estimate,
                readOnly,
                settings,
                slice,
                nothingToReturn,
                resolves,
                true,
                key,
                uses);
    }
}
