package dev.lockstep.core;

import java.util.List;

/// A PostgreSQL type, as far as reading and comparing its values needs it.
public sealed interface PgType {
    int oid();

    /// `pg_type.typname`: `int8`, `_int4`, `bpchar`, an enum's own name.
    String name();

    /// A type of PostgreSQL or of an extension that is none of the others.
    record Base(int oid, String name) implements PgType {}

    /// An enum; `labels` stand in their declared order, which is their sort order.
    record Enumerated(int oid, String name, List<String> labels) implements PgType {
        public Enumerated {
            labels = List.copyOf(labels);
        }
    }

    record Array(int oid, String name, PgType element, char delimiter) implements PgType {}

    record Composite(int oid, String name, List<Attribute> attributes) implements PgType {
        public Composite {
            attributes = List.copyOf(attributes);
        }
    }

    record Attribute(String name, PgType type) {}

    record Domain(int oid, String name, PgType base) implements PgType {}

    record Range(int oid, String name) implements PgType {}

    /// The type itself, or what a domain (of a domain …) stands on.
    default PgType bare() {
        return this instanceof Domain domain ? domain.base().bare() : this;
    }
}
