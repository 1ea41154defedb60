package dev.lockstep.core;

/// A table's schema and name as the catalogue holds them, unquoted.
public record TableName(String schema, String name) {

    /// Both parts quoted as identifiers, fit to stand in a statement.
    public String quoted() {
        return quote(schema) + "." + quote(name);
    }

    /// One identifier in double quotes.
    public static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    @Override
    public String toString() {
        return schema + "." + name;
    }
}
