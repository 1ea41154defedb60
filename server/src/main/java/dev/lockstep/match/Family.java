package dev.lockstep.match;

import dev.lockstep.core.Collation;
import dev.lockstep.core.Column;
import dev.lockstep.core.PgType;

/// How the values of a column are compared, as far as that can be done here.
///
/// Each knows whether equal values have equal text (then equality is that of the bytes), whether
/// their order can be told here, and whether `LIKE` and regular expressions apply to their text.
enum Family {
    BOOLEAN(Equality.TEXT, Order.HERE, Pattern.NONE),
    INTEGER(Equality.TEXT, Order.HERE, Pattern.NONE),
    DECIMAL(Equality.ORDER, Order.HERE, Pattern.NONE),
    TEXT_BY_BYTES(Equality.TEXT, Order.HERE, Pattern.HERE),
    TEXT(Equality.TEXT, Order.ASKED, Pattern.HERE),
    PADDED_BY_BYTES(Equality.ORDER, Order.HERE, Pattern.HERE),
    PADDED(Equality.ORDER, Order.ASKED, Pattern.HERE),
    /// citext, and text under a collation that calls different texts equal.
    TEXT_ASKED(Equality.ASKED, Order.ASKED, Pattern.ASKED),
    UUID(Equality.TEXT, Order.HERE, Pattern.NONE),
    BYTEA(Equality.TEXT, Order.HERE, Pattern.LIKE_ASKED),
    DATE(Equality.TEXT, Order.HERE, Pattern.NONE),
    TIMESTAMP(Equality.TEXT, Order.HERE, Pattern.NONE),
    /// Its text depends on the session's zone.
    TIMESTAMPTZ(Equality.ORDER, Order.HERE, Pattern.NONE),
    TIME(Equality.TEXT, Order.HERE, Pattern.NONE),
    TIMETZ(Equality.ORDER, Order.HERE, Pattern.NONE),
    INTERVAL(Equality.ORDER, Order.HERE, Pattern.NONE),
    ENUM(Equality.TEXT, Order.HERE, Pattern.NONE),
    /// inet, bit, pg_lsn …: printed in one way only, but ordered in ways of their own.
    CANONICAL(Equality.TEXT, Order.ASKED, Pattern.NONE),
    OTHER(Equality.ASKED, Order.ASKED, Pattern.NONE);

    final Equality equality;
    final Order order;
    final Pattern pattern;

    Family(Equality equality, Order order, Pattern pattern) {
        this.equality = equality;
        this.order = order;
        this.pattern = pattern;
    }

    enum Equality {
        TEXT,
        ORDER,
        ASKED
    }

    enum Order {
        HERE,
        ASKED
    }

    enum Pattern {
        HERE,
        ASKED,
        LIKE_ASKED,
        NONE
    }

    static Family of(Column column) {
        PgType type = column.type().bare();
        return switch (type) {
            case PgType.Enumerated _ -> ENUM;
            case PgType.Base base -> ofBase(base.name(), column.collation());
            case PgType.Array _, PgType.Composite _, PgType.Domain _, PgType.Range _ -> OTHER;
        };
    }

    private static Family ofBase(String name, Collation collation) {
        return switch (name) {
            case "bool" -> BOOLEAN;
            case "int2", "int4", "int8", "oid" -> INTEGER;
            case "numeric", "float4", "float8" -> DECIMAL;
            case "text", "varchar", "name" ->
                    switch (collation) {
                        case BYTES -> TEXT_BY_BYTES;
                        case DETERMINISTIC -> TEXT;
                        case NONE, NONDETERMINISTIC -> TEXT_ASKED;
                    };
            case "bpchar" ->
                    switch (collation) {
                        case BYTES -> PADDED_BY_BYTES;
                        case DETERMINISTIC -> PADDED;
                        case NONE, NONDETERMINISTIC -> TEXT_ASKED;
                    };
            case "citext" -> TEXT_ASKED;
            case "uuid" -> UUID;
            case "bytea" -> BYTEA;
            case "date" -> DATE;
            case "timestamp" -> TIMESTAMP;
            case "timestamptz" -> TIMESTAMPTZ;
            case "time" -> TIME;
            case "timetz" -> TIMETZ;
            case "interval" -> INTERVAL;
            case "inet", "macaddr", "macaddr8", "bit", "varbit", "pg_lsn", "xid8" -> CANONICAL;
            default -> OTHER;
        };
    }

    /// The type as `format_type` spells it, for refusals.
    static String display(PgType type) {
        if (type instanceof PgType.Array array) {
            return display(array.element()) + "[]";
        }
        return switch (type.name()) {
            case "bool" -> "boolean";
            case "int2" -> "smallint";
            case "int4" -> "integer";
            case "int8" -> "bigint";
            case "float4" -> "real";
            case "float8" -> "double precision";
            case "varchar" -> "character varying";
            case "bpchar" -> "character";
            case "varbit" -> "bit varying";
            case "time" -> "time without time zone";
            case "timetz" -> "time with time zone";
            case "timestamp" -> "timestamp without time zone";
            case "timestamptz" -> "timestamp with time zone";
            default -> type.name();
        };
    }
}
