package dev.lockstep.wire.row;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.PgType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// One value: PostgreSQL's text output (zone UTC, DateStyle ISO) to the text of `to_jsonb(value)`.
/// Hot: scalar types are copied or escaped without allocation.
final class ValueJson {
    private static final int BOOL = 16;
    private static final int BYTEA = 17;
    private static final int INT8 = 20;
    private static final int INT2 = 21;
    private static final int INT2VECTOR = 22;
    private static final int INT4 = 23;
    private static final int OIDVECTOR = 30;
    private static final int JSON = 114;
    private static final int FLOAT4 = 700;
    private static final int FLOAT8 = 701;
    private static final int DATE = 1082;
    private static final int TIMESTAMP = 1114;
    private static final int TIMESTAMPTZ = 1184;
    private static final int NUMERIC = 1700;
    private static final int JSONB = 3802;
    private static final int FIRST_NORMAL_OID = 16_384;
    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private ValueJson() {}

    /// A value of a column. What cannot be read as its type says, because the type has changed
    /// since it was written, is given as text.
    static void append(PgType type, byte[] text, int from, int to, JsonBuffer out) {
        if (type instanceof PgType.Base base && !isParsed(base)) {
            // Nearly all columns, so before any switch over types.
            base(base, text, from, to, out);
            return;
        }
        if (!isParsed(type)) {
            nested(type, text, from, to, out);
            return;
        }
        int start = out.size();
        try {
            // A copy, so that a text that ends too early never runs on into the next column.
            nested(type, Arrays.copyOfRange(text, from, to), 0, to - from, out);
        } catch (IndexOutOfBoundsException _) {
            out.truncate(start);
            out.string(text, from, to);
        }
    }

    private static boolean isParsed(PgType type) {
        return switch (type) {
            case PgType.Base base -> isParsed(base);
            case PgType.Domain domain -> isParsed(domain.base());
            case PgType.Array _, PgType.Composite _ -> true;
            case PgType.Enumerated _, PgType.Range _ -> false;
        };
    }

    private static boolean isParsed(PgType.Base type) {
        return type.oid() == JSON || isHstore(type);
    }

    /// The one type of an extension that we know to have a cast to json.
    private static boolean isHstore(PgType.Base type) {
        return type.oid() >= FIRST_NORMAL_OID && type.name().equals("hstore");
    }

    /// A value, or one inside an array or composite.
    static void nested(PgType type, byte[] text, int from, int to, JsonBuffer out) {
        switch (type) {
            case PgType.Base base -> base(base, text, from, to, out);
            case PgType.Domain domain -> nested(domain.base(), text, from, to, out);
            case PgType.Array array -> new ArrayText(array, text, from, to, out).append();
            case PgType.Composite composite -> composite(composite, text, from, to, out);
            case PgType.Enumerated _, PgType.Range _ -> out.string(text, from, to);
        }
    }

    /// As [#append], but `bytea` as the plain `postgres_changes` dialect writes it: hex without
    /// `\x`.
    static void appendPlain(PgType type, byte[] text, int from, int to, JsonBuffer out) {
        if (type.oid() == BYTEA) {
            out.put('"').put(text, from + 2, to).put('"');
        } else {
            append(type, text, from, to, out);
        }
    }

    private static void base(PgType.Base type, byte[] text, int from, int to, JsonBuffer out) {
        int oid = type.oid();
        switch (oid) {
            case BOOL -> out.put(text[from] == 't' ? TRUE : FALSE);
            case INT2, INT4, INT8, JSONB -> out.put(text, from, to);
            case NUMERIC -> {
                if (isNumber(text, from, to)) {
                    out.put(text, from, to);
                } else {
                    out.string(text, from, to);
                }
            }
            case FLOAT4, FLOAT8 -> {
                if (isNumber(text, from, to)) {
                    NumericText.append(text, from, to, out);
                } else {
                    out.string(text, from, to);
                }
            }
            case TIMESTAMP, TIMESTAMPTZ -> timestamp(text, from, to, out);
            case DATE -> out.put('"').put(text, from, to).put('"');
            case JSON -> JsonNormalizer.append(text, from, to, out);
            case INT2VECTOR, OIDVECTOR -> vector(oid == OIDVECTOR, text, from, to, out);
            default -> {
                if (isHstore(type)) {
                    hstore(text, from, to, out);
                } else {
                    out.string(text, from, to);
                }
            }
        }
    }

    /// Not NaN and no infinity.
    private static boolean isNumber(byte[] text, int from, int to) {
        return text[to - 1] <= '9';
    }

    /// `2026-01-02 03:04:05.6+00 BC` becomes `2026-01-02T03:04:05.6+00:00 BC`.
    private static void timestamp(byte[] text, int from, int to, JsonBuffer out) {
        out.put('"');
        int blank = from;
        while (blank < to && text[blank] != ' ') {
            blank++;
        }
        out.put(text, from, blank);
        if (blank < to) {
            out.put('T');
            int start = blank + 1;
            int zone = start;
            while (zone < to && text[zone] != '+' && text[zone] != '-') {
                zone++;
            }
            if (zone < to) {
                int zoneEnd = Math.min(zone + 3, to);
                out.put(text, start, zoneEnd);
                if (zoneEnd == to || text[zoneEnd] != ':') {
                    out.ascii(":00");
                }
                start = zoneEnd;
            }
            out.put(text, start, to);
        }
        out.put('"');
    }

    /// `1 2 3`: numbers for `int2vector`, strings for `oidvector`.
    private static void vector(boolean quoted, byte[] text, int from, int to, JsonBuffer out) {
        out.put('[');
        int start = from;
        for (int i = from; i <= to; i++) {
            if (i < to && text[i] != ' ') {
                continue;
            }
            if (i > start) {
                if (start > from) {
                    out.put(',').put(' ');
                }
                if (quoted) {
                    out.string(text, start, i);
                } else {
                    out.put(text, start, i);
                }
            }
            start = i + 1;
        }
        out.put(']');
    }

    /// `"key"=>"value", "other"=>NULL`: already in the order of `jsonb`; values are strings.
    private static void hstore(byte[] text, int from, int to, JsonBuffer out) {
        QuotedText reader = new QuotedText(text, to);
        int at = from;
        out.put('{');
        while (at < to) {
            if (at > from) {
                out.put(',').put(' ');
            }
            at = reader.read(at);
            out.string(reader.content(), reader.start(), reader.end()).put(':').put(' ');
            at += 2;
            if (text[at] == '"') {
                at = reader.read(at);
                out.string(reader.content(), reader.start(), reader.end());
            } else {
                at += 4;
                out.put(NULL);
            }
            at += 2;
        }
        out.put('}');
    }

    private record Member(byte[] name, PgType type, byte[] text, int from, int to) {}

    /// `(1,"a ""b""",)`: an object of the attributes, in the order of `jsonb`.
    private static void composite(
            PgType.Composite type, byte[] text, int from, int to, JsonBuffer out) {
        List<Member> members = new ArrayList<>(type.attributes().size());
        int at = from + 1;
        for (PgType.Attribute attribute : type.attributes()) {
            byte[] name = attribute.name().getBytes(UTF_8);
            if (text[at] == ',' || text[at] == ')') {
                members.add(new Member(name, attribute.type(), text, 0, -1));
            } else if (text[at] == '"') {
                QuotedText reader = new QuotedText(text, to);
                at = reader.read(at);
                members.add(
                        new Member(
                                name,
                                attribute.type(),
                                reader.content(),
                                reader.start(),
                                reader.end()));
            } else {
                int start = at;
                while (text[at] != ',' && text[at] != ')') {
                    at++;
                }
                members.add(new Member(name, attribute.type(), text, start, at));
            }
            if (text[at] == ')') {
                break; // a type that has gained attributes since the value was written
            }
            at++;
        }
        members.sort(Comparator.comparing(Member::name, JsonNormalizer.KEY_ORDER));
        out.put('{');
        boolean first = true;
        for (Member member : members) {
            if (!first) {
                out.put(',').put(' ');
            }
            first = false;
            out.string(member.name, 0, member.name.length).put(':').put(' ');
            if (member.to < 0) {
                out.put(NULL);
            } else {
                nested(member.type, member.text, member.from, member.to, out);
            }
        }
        out.put('}');
    }

    static void appendNull(JsonBuffer out) {
        out.put(NULL);
    }

    /// An element that is not there; a text of these letters would stand in quotes.
    static boolean isNullWord(byte[] text, int from, int to) {
        return to - from == 4 && text[from] == 'N' && text[from + 1] == 'U';
    }
}
