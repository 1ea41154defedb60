package dev.lockstep.data;

import dev.lockstep.core.TableName;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The refusals that the protocol names, in its words.
final class RestErrors {
    private RestErrors() {}

    static RestError range(String details) {
        return RestError.of(416, "PGRST103", "Requested range not satisfiable").details(details);
    }

    static RestError offsetBeyond(long offset, long total) {
        return range(
                        "An offset of %d was requested, but there are only %d rows."
                                .formatted(offset, total))
                .with("content-range", "*/" + total);
    }

    static RestError body(String message) {
        return RestError.of(400, "PGRST102", message);
    }

    static RestError schema(String asked, List<String> exposed) {
        return RestError.of(406, "PGRST106", "Invalid schema: " + asked)
                .hint("Only the following schemas are exposed: " + String.join(", ", exposed));
    }

    static RestError media(String asked) {
        return RestError.of(406, "PGRST107", "None of these media types are available: " + asked);
    }

    static RestError notEmbedded(String name) {
        return RestError.of(
                        400,
                        "PGRST108",
                        "'" + name + "' is not an embedded resource in this request")
                .hint("Verify that '" + name + "' is included in the 'select' query parameter.");
    }

    static RestError notSingle(long rows) {
        return RestError.of(406, "PGRST116", "Cannot coerce the result to a single JSON object")
                .details("The result contains " + rows + " rows");
    }

    static RestError relatedOrder(String from, String to) {
        return RestError.of(400, "PGRST118", "A related order on '" + to + "' is not possible")
                .details(
                        "'"
                                + from
                                + "' and '"
                                + to
                                + "' do not form a many-to-one or one-to-one relationship");
    }

    static RestError notRelated(
            TableName from, String target, Optional<String> hint, Collection<String> known) {
        RestError error =
                RestError.of(
                                400,
                                "PGRST200",
                                "Could not find a relationship between '%s' and '%s' in the schema cache"
                                        .formatted(from.name(), target))
                        .details(
                                ("Searched for a foreign key relationship between '%s' and '%s'%s in"
                                                + " the schema '%s', but no matches were found.")
                                        .formatted(
                                                from.name(),
                                                target,
                                                hint.map(h -> " using the hint '" + h + "'")
                                                        .orElse(""),
                                                from.schema()));
        return Similar.to(target, known)
                .filter(near -> !near.equals(target))
                .map(near ->
                        error.hint("Perhaps you meant '" + near + "' instead of '" + target + "'."))
                .orElse(error);
    }

    static RestError noTable(TableName name, Collection<String> known) {
        RestError error =
                RestError.of(
                        404,
                        "PGRST205",
                        "Could not find the table '" + name + "' in the schema cache");
        return Similar.to(name.name(), known)
                .map(near ->
                        error.hint(
                                "Perhaps you meant the table '" + name.schema() + "." + near + "'"))
                .orElse(error);
    }

    static RestError noColumn(String column, TableName table) {
        return RestError.of(
                400,
                "PGRST204",
                "Could not find the '%s' column of '%s' in the schema cache"
                        .formatted(column, table.name()));
    }

    static RestError noFunction(
            TableName name,
            Collection<String> arguments,
            Collection<String> signatures,
            Collection<String> known) {
        String call = name + (arguments.isEmpty() ? "" : list(arguments));
        String with =
                arguments.isEmpty()
                        ? " without parameters"
                        : (arguments.size() == 1 ? " with parameter " : " with parameters ")
                                + String.join(", ", arguments);
        RestError error =
                RestError.of(
                                404,
                                "PGRST202",
                                "Could not find the function " + call + " in the schema cache")
                        .details(
                                "Searched for the function "
                                        + name
                                        + with
                                        + " or with a single unnamed json/jsonb parameter, but no"
                                        + " matches were found in the schema cache.");
        Optional<String> meant =
                signatures.isEmpty()
                        ? Similar.to(name.name(), known)
                        : Similar.to(list(arguments), signatures).map(near -> name.name() + near);
        return meant.map(near ->
                        error.hint(
                                "Perhaps you meant to call the function "
                                        + name.schema()
                                        + "."
                                        + near))
                .orElse(error);
    }

    static RestError ambiguousFunction(Collection<String> candidates) {
        return RestError.of(
                        300,
                        "PGRST203",
                        "Could not choose the best candidate function between: "
                                + String.join(", ", candidates))
                .hint(
                        "Try renaming the parameters or the function itself in the database so"
                                + " function overloading can be resolved");
    }

    static RestError invalidPath() {
        return RestError.of(404, "PGRST125", "Invalid path specified in request URL");
    }

    static RestError method(String method) {
        return RestError.of(405, "PGRST117", "Unsupported HTTP method: " + method);
    }

    static RestError invalidPreferences(List<String> names) {
        return RestError.of(400, "PGRST122", "Invalid preferences given with handling=strict")
                .details("Invalid preferences: " + String.join(", ", names));
    }

    static RestError tooManyAffected(long rows) {
        return RestError.of(
                        400, "PGRST124", "Query result exceeds max-affected preference constraint")
                .details("The query affects " + rows + " rows");
    }

    static RestError noFilter(String verb) {
        return RestError.of(400, "21000", verb + " requires a WHERE clause")
                .hint("Name the rows with a filter, such as id=eq.1.");
    }

    static String list(Collection<String> names) {
        return names.stream().collect(Collectors.joining(", ", "(", ")"));
    }
}
