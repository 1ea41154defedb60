package dev.lockstep.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// "Perhaps you meant": the known name that shares most pairs of letters with a mistyped one
/// (Dice's coefficient), if it is near enough.
final class Similar {
    private static final double ENOUGH = 0.75;
    private static final int MAX_KNOWN = 10_000;
    private static final int MAX_LENGTH = 128;

    private Similar() {}

    static Optional<String> to(String word, Collection<String> known) {
        if (word.length() > MAX_LENGTH || known.size() > MAX_KNOWN) {
            return Optional.empty();
        }
        return known.stream()
                .max(
                        Comparator.<String>comparingDouble(one -> likeness(word, one))
                                .thenComparing(Comparator.reverseOrder()))
                .filter(one -> likeness(word, one) >= ENOUGH);
    }

    /// 1 for equal words, less by each letter that would have to change.
    static double likeness(String a, String b) {
        int[] before = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            before[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] now = new int[b.length() + 1];
            now[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitute = before[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                now[j] = Math.min(substitute, Math.min(before[j], now[j - 1]) + 1);
            }
            before = now;
        }
        return 1 - (double) before[b.length()] / Math.max(1, Math.max(a.length(), b.length()));
    }
}
