package dev.lockstep.data.schema;

import dev.lockstep.core.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A function that can be called by its arguments' names.
///
/// @param parameters what goes in, in order
/// @param table the relation whose row type it gives
/// @param settings of its own that must hold before it is called
/// @param roles who may call it
public record ExposedFunction(
        long oid,
        TableName name,
        List<Parameter> parameters,
        boolean set,
        Result result,
        Optional<TableName> table,
        boolean changesData,
        Map<String, String> settings,
        Set<String> roles) {
    public ExposedFunction {
        parameters = List.copyOf(parameters);
        settings = Map.copyOf(settings);
        roles = Set.copyOf(roles);
    }

    /// @param name empty where it has none
    /// @param required has no default
    public record Parameter(String name, String type, boolean required, boolean variadic) {}

    /// What one of its rows is.
    public enum Result {
        VOID,
        SCALAR,
        COMPOSITE
    }

    /// A single parameter without a name, which takes the body as it is.
    public boolean takesBody() {
        return parameters.size() == 1
                && parameters.getFirst().name().isEmpty()
                && Set.of("json", "jsonb").contains(parameters.getFirst().type());
    }
}
