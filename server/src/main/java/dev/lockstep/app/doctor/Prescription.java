package dev.lockstep.app.doctor;

import dev.lockstep.app.doctor.Doctor.Treatment;
import dev.lockstep.app.doctor.Finding.Cure;
import dev.lockstep.app.doctor.Finding.Severity;
import java.util.List;

/// Findings as people read them.
final class Prescription {
    private static final int WIDTH = 92;

    private Prescription() {}

    static String of(List<Finding> findings) {
        StringBuilder out = new StringBuilder();
        for (Finding finding : findings) {
            out.append(finding.severity() == Severity.ESSENTIAL ? "  ✗ " : "  ! ")
                    .append(wrap(finding.what(), "    "))
                    .append("\n    ")
                    .append(wrap(finding.why(), "    "))
                    .append('\n');
            finding.sql().forEach(sql -> out.append("      ").append(sql).append('\n'));
            if (finding.cure() == Cure.RESTART) {
                out.append("      -- then restart PostgreSQL\n");
            }
            out.append('\n');
        }
        return out.toString();
    }

    static String summary(List<Finding> findings) {
        long essential = count(findings, Severity.ESSENTIAL);
        long advice = count(findings, Severity.ADVICE);
        if (findings.isEmpty()) {
            return "  ✓ Everything is as it should be.";
        }
        return essential == 0
                ? "  ✓ Lockstep can run here; %s."
                        .formatted(number(advice, "piece of advice", "pieces of advice"))
                : "  ✗ Lockstep cannot run here yet: %s%s."
                        .formatted(
                                number(essential, "problem", "problems"),
                                advice == 0
                                        ? ""
                                        : ", "
                                                + number(
                                                        advice,
                                                        "piece of advice",
                                                        "pieces of advice"));
    }

    static String of(Treatment treatment) {
        String what = treatment.finding().what();
        if (!treatment.problem().isEmpty()) {
            return "  ✗ " + what + "\n    could not be mended: " + treatment.problem();
        }
        return treatment.finding().cure() == Cure.RESTART
                ? "  ✓ " + what + "\n    is set, and counts once PostgreSQL was restarted"
                : "  ✓ " + what + "\n    is mended";
    }

    static boolean healthy(List<Finding> findings) {
        return count(findings, Severity.ESSENTIAL) == 0;
    }

    private static long count(List<Finding> findings, Severity severity) {
        return findings.stream().filter(finding -> finding.severity() == severity).count();
    }

    private static String number(long count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }

    private static String wrap(String text, String indent) {
        StringBuilder out = new StringBuilder();
        int column = indent.length();
        for (String word : text.split(" ")) {
            if (column + word.length() > WIDTH) {
                out.append('\n').append(indent);
                column = indent.length();
            } else if (!out.isEmpty()) {
                out.append(' ');
                column++;
            }
            out.append(word);
            column += word.length();
        }
        return out.toString();
    }
}
