package dev.lockstep.storage;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which bytes of a file are asked for (RFC 9110 §14). Pure.
sealed interface Range {
    Pattern ONE = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    record Whole() implements Range {}

    record Part(long first, long length) implements Range {}

    /// None of them are there.
    record Outside() implements Range {}

    /// Several ranges at once, and other units, are answered with the whole, as the RFC allows.
    ///
    /// @param header the request's `Range`, or empty
    static Range of(String header, long size) {
        Matcher asked = ONE.matcher(header);
        if (!asked.matches() || asked.group(1).isEmpty() && asked.group(2).isEmpty()) {
            return new Whole();
        }
        if (asked.group(1).isEmpty()) {
            long last = Math.min(Long.parseLong(asked.group(2)), size);
            return last == 0 ? new Outside() : new Part(size - last, last);
        }
        long first = Long.parseLong(asked.group(1));
        long end = asked.group(2).isEmpty() ? size - 1 : Long.parseLong(asked.group(2));
        if (end < first && !asked.group(2).isEmpty()) {
            return new Whole();
        }
        return first >= size ? new Outside() : new Part(first, Math.min(end, size - 1) - first + 1);
    }
}
