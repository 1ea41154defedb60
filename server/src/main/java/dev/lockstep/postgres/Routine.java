package dev.lockstep.postgres;

/// A function outside `pg_catalog`, for who wants to know what a policy that calls it reads.
///
/// @param name `schema.name`; overloaded functions share one
/// @param language `sql`, `plpgsql`, `c` …
/// @param source its body; empty where it is not SQL or PL/pgSQL
/// @param terms as whom and by whom it may be called, in one text: to see that it changed
public record Routine(
        String name, boolean immutable, String language, String source, String terms) {}
