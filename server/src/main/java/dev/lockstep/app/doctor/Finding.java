package dev.lockstep.app.doctor;

import java.util.List;

/// One thing that a database lacks, or that will hurt later.
///
/// @param what the fact, with the value that was found
/// @param why what it means for whoever uses Lockstep
/// @param sql what mends it; empty where only a person can
/// @param cure when that has its effect
record Finding(Severity severity, String what, String why, List<String> sql, Cure cure) {
    Finding {
        sql = List.copyOf(sql);
    }

    enum Severity {
        /// Lockstep cannot work, or must not be let loose on this database.
        ESSENTIAL,
        /// It works, but not all of it, or not for ever.
        ADVICE
    }

    enum Cure {
        AT_ONCE,
        /// After PostgreSQL was started again.
        RESTART,
        /// Not by SQL that we would run unasked.
        BY_HAND
    }

    static Finding essential(String what, String why, Cure cure, String... sql) {
        return new Finding(Severity.ESSENTIAL, what, why, List.of(sql), cure);
    }

    static Finding advice(String what, String why, Cure cure, String... sql) {
        return new Finding(Severity.ADVICE, what, why, List.of(sql), cure);
    }

    static Finding advice(String what, String why, Cure cure, List<String> sql) {
        return new Finding(Severity.ADVICE, what, why, sql, cure);
    }
}
