package dev.lockstep.data.schema;

import dev.lockstep.core.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The exposed schemas as they were when last read. Immutable.
///
/// @param generation rises with each change, so that no statement outlives the shapes it was
///   prepared for
/// @param schemas in the order of the setting; the first is the default
/// @param relationships by the relation that they begin at
/// @param functions by name, overloads together
/// @param roleSettings what each role has of its own, such as `statement_timeout`
public record SchemaCache(
        long generation,
        List<String> schemas,
        Map<TableName, ExposedRelation> relations,
        Map<TableName, List<Relationship>> relationships,
        Map<TableName, List<ExposedFunction>> functions,
        Map<String, Map<String, String>> roleSettings) {
    public SchemaCache {
        schemas = List.copyOf(schemas);
        relations = Map.copyOf(relations);
        relationships = Map.copyOf(relationships);
        functions = Map.copyOf(functions);
        roleSettings = Map.copyOf(roleSettings);
    }

    public Optional<ExposedRelation> relation(TableName name) {
        return Optional.ofNullable(relations.get(name));
    }

    public List<Relationship> from(TableName name) {
        return relationships.getOrDefault(name, List.of());
    }

    public List<ExposedFunction> functions(TableName name) {
        return functions.getOrDefault(name, List.of());
    }

    public Map<String, String> settingsOf(String role) {
        return roleSettings.getOrDefault(role, Map.of());
    }
}
