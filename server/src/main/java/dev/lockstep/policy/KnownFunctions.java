package dev.lockstep.policy;

import java.util.Set;

/// PostgreSQL's own words that [Sight] knows.
final class KnownFunctions {
    /// Functions whose result their arguments alone decide (under our sessions' settings, where
    /// they print). What is not here counts as not seen through.
    static final Set<String> PURE =
            Set.of(
                    ("abs array_agg array_append array_cat array_length array_position"
                                    + " array_prepend array_remove array_to_string array_upper array_lower"
                                    + " avg bool_and bool_or btrim cardinality ceil ceiling char_length"
                                    + " character_length concat concat_ws count decode encode every floor"
                                    + " greatest initcap json_array_elements json_array_elements_text"
                                    + " json_array_length json_each json_each_text json_extract_path"
                                    + " json_extract_path_text json_object_keys json_typeof"
                                    + " jsonb_array_elements jsonb_array_elements_text jsonb_array_length"
                                    + " jsonb_each jsonb_each_text jsonb_exists jsonb_exists_all"
                                    + " jsonb_exists_any jsonb_extract_path jsonb_extract_path_text"
                                    + " jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_typeof"
                                    + " json_build_object jsonb_build_object jsonb_build_array least left"
                                    + " length like_escape lower ltrim max md5 min mod nullif coalesce"
                                    + " num_nonnulls num_nulls octet_length overlay position regexp_like"
                                    + " regexp_match regexp_matches regexp_replace regexp_split_to_array"
                                    + " regexp_split_to_table repeat replace reverse right round rpad lpad"
                                    + " rtrim sign split_part starts_with string_agg string_to_array"
                                    + " string_to_table strpos substr substring sum to_json to_jsonb"
                                    + " translate trim trunc unnest upper power sqrt exp ln log row_number"
                                    + " similar_to_escape array")
                            .split("\\s+"));

    /// Words before a parenthesis that are no functions, in texts that people wrote.
    static final Set<String> KEYWORDS =
            Set.of(
                    ("in values and or not exists any all some where select on as using if elsif"
                                    + " elseif when then else case return over filter from join by between"
                                    + " distinct having lateral row cast union intersect except with"
                                    + " materialized is like ilike returns into limit offset loop end"
                                    + " varchar char character numeric decimal varying timestamp"
                                    + " timestamptz time timetz bit interval float default collate"
                                    + " begin declare")
                            .split("\\s+"));

    /// Words in texts that people wrote which mean that more happens than reading.
    static final Set<String> ACTS =
            Set.of(
                    "execute",
                    "perform",
                    "insert",
                    "update",
                    "delete",
                    "truncate",
                    "merge",
                    "copy",
                    "call",
                    "set",
                    "notify",
                    "lock",
                    "create",
                    "drop",
                    "alter",
                    "do");

    /// Values of the moment or the session, which stand without parentheses.
    static final Set<String> OF_THE_MOMENT =
            Set.of(
                    "current_date",
                    "current_time",
                    "current_timestamp",
                    "localtime",
                    "localtimestamp",
                    "session_user",
                    "system_user",
                    "current_catalog",
                    "current_schema");

    /// Strings that are another moment each time.
    static final Set<String> MOVING = Set.of("now", "today", "tomorrow", "yesterday");

    /// Types whose reading of a text depends on more than the text.
    static final Set<String> MOMENTS = Set.of("date", "time", "timetz", "timestamp", "timestamptz");

    private KnownFunctions() {}
}
