package dev.lockstep.policy;

import dev.lockstep.core.TableName;
import java.util.Comparator;

/// The one order in which tables are listed.
final class TableNames {
    static final Comparator<TableName> ORDER =
            Comparator.comparing(TableName::schema).thenComparing(TableName::name);

    private TableNames() {}
}
