package dev.lockstep.core;

/// A column of a [Relation]. `key`: part of the primary key.
public record Column(
        String name, PgType type, int typeModifier, Collation collation, boolean key) {}
