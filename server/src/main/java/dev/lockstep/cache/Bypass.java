package dev.lockstep.cache;

/// Why an answer is neither taken from the cache nor kept there.
public enum Bypass {
    /// The request said so: `Cache-Control: no-cache` or `no-store`.
    REQUEST("request"),
    /// `cache.except-tables` names a table that it reads.
    EXCEPTED("excepted"),
    /// A function that runs before each request may say anything.
    PRE_REQUEST("pre-request"),
    /// A table that it reads is not published whole: its changes are not all in the log.
    UNPUBLISHED("unpublished"),
    /// A function, view, operator or cast on the way depends on more than rows and claims.
    FUNCTION("function"),
    /// It compares with `now`, `today` and the like.
    MOMENT("moment"),
    /// A policy reads the request's headers.
    HEADERS("headers"),
    /// It asks for an estimate, which is the planner's.
    ESTIMATE("estimate"),
    /// The log is not being read, or was not read to its end lately.
    LOG("log");

    private final String word;

    Bypass(String word) {
        this.word = word;
    }

    /// As headers and metrics have it.
    public String word() {
        return word;
    }
}
