package dev.lockstep.data.schema;

import dev.lockstep.core.TableName;
import java.util.List;

/// How one relation reaches another, seen from the first.
public sealed interface Relationship {
    TableName from();

    TableName to();

    /// At most one row of `to` belongs to a row of `from`.
    boolean single();

    /// A pair of columns that must be equal.
    record Pair(String own, String other) {}

    /// @param outward `from` holds the reference, else it is the one referred to
    record Direct(
            String constraint,
            TableName from,
            TableName to,
            List<Pair> pairs,
            boolean outward,
            boolean single)
            implements Relationship {
        public Direct {
            pairs = List.copyOf(pairs);
        }
    }

    /// Many to many.
    ///
    /// @param near columns of `from` and of the junction
    /// @param far columns of the junction and of `to`
    record Through(
            TableName from,
            TableName junction,
            TableName to,
            String nearConstraint,
            List<Pair> near,
            String farConstraint,
            List<Pair> far)
            implements Relationship {
        public Through {
            near = List.copyOf(near);
            far = List.copyOf(far);
        }

        @Override
        public boolean single() {
            return false;
        }
    }

    /// A function from a row of `from` to rows of `to`.
    record Computed(TableName function, TableName from, TableName to, boolean single)
            implements Relationship {}
}
