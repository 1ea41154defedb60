package dev.lockstep.data;

import dev.lockstep.core.TableName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An SQL text that is being written, and its parameters in order. Values become parameters of
/// unknown type, so that PostgreSQL infers each from its place and its own words reach the caller;
/// names are quoted; nothing else of a request comes in.
final class Sql {
    private final StringBuilder text = new StringBuilder(512);
    private final List<@Nullable String> parameters = new ArrayList<>();

    Sql add(String sql) {
        text.append(sql);
        return this;
    }

    Sql name(String identifier) {
        text.append(TableName.quote(identifier));
        return this;
    }

    Sql name(String qualifier, String identifier) {
        return name(qualifier).add(".").name(identifier);
    }

    Sql table(TableName table) {
        return name(table.schema(), table.name());
    }

    Sql value(@Nullable String value) {
        text.append('?');
        parameters.add(value);
        return this;
    }

    /// An array as one untyped value, whose elements get their type where it stands.
    Sql array(List<String> values) {
        StringBuilder literal = new StringBuilder("{");
        for (String value : values) {
            literal.append(literal.length() > 1 ? ",\"" : "\"")
                    .append(value.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append('"');
        }
        return value(literal.append('}').toString());
    }

    /// An expression from the catalogue: of our own, but a `?` in it would be a parameter.
    Sql expression(String sql) {
        boolean quoted = false;
        char quote = '\'';
        for (int i = 0; i < sql.length(); i++) {
            char c = sql.charAt(i);
            if (quoted) {
                quoted = c != quote;
            } else if (c == '\'' || c == '"') {
                quoted = true;
                quote = c;
            }
            text.append(c);
            if (c == '?' && !quoted) {
                text.append('?');
            }
        }
        return this;
    }

    Statement end() {
        return new Statement(text.toString(), parameters);
    }

    /// @param parameters for its question marks, in order
    record Statement(String sql, List<@Nullable String> parameters) {
        Statement {
            parameters = java.util.Collections.unmodifiableList(new ArrayList<>(parameters));
        }
    }
}
