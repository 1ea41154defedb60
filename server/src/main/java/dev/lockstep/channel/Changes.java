package dev.lockstep.channel;

import dev.lockstep.core.Change;
import dev.lockstep.core.Relation;

/// What row changes have in common.
final class Changes {
    private Changes() {}

    static boolean isRow(Change change) {
        return switch (change) {
            case Change.Insert _, Change.Update _, Change.Delete _ -> true;
            case Change.Truncate _, Change.Message _ -> false;
        };
    }

    /// @throws IllegalArgumentException when it is no change of a row
    static Relation relation(Change change) {
        return switch (change) {
            case Change.Insert(var relation, _) -> relation;
            case Change.Update(var relation, _, _) -> relation;
            case Change.Delete(var relation, _) -> relation;
            case Change.Truncate _, Change.Message _ ->
                    throw new IllegalArgumentException("no row: " + change);
        };
    }

    /// The word that clients know the change by.
    static String operation(Change change) {
        return switch (change) {
            case Change.Insert _ -> "INSERT";
            case Change.Update _ -> "UPDATE";
            case Change.Delete _ -> "DELETE";
            case Change.Truncate _ -> "TRUNCATE";
            case Change.Message _ -> "MESSAGE";
        };
    }
}
