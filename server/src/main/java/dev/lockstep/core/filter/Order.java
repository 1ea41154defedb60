package dev.lockstep.core.filter;

/// One term of a sort order over a column.
public record Order(String column, boolean descending, boolean nullsFirst) {}
