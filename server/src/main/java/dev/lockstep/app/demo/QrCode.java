package dev.lockstep.app.demo;

import io.nayuki.qrcodegen.QrCode.Ecc;

/// A QR code for a terminal: two modules to a character, dark on light whatever the terminal's own
/// colours are, with the quiet zone that cameras need.
final class QrCode {
    private static final String INK = "\033[38;5;16;48;5;231m";
    private static final String PLAIN = "\033[0m";
    private static final int QUIET = 2;

    private QrCode() {}

    static String render(String text) {
        var code = io.nayuki.qrcodegen.QrCode.encodeText(text, Ecc.LOW);
        StringBuilder out = new StringBuilder();
        for (int y = -QUIET; y < code.size + QUIET; y += 2) {
            out.append("  ").append(INK);
            for (int x = -QUIET; x < code.size + QUIET; x++) {
                boolean upper = code.getModule(x, y);
                boolean lower = code.getModule(x, y + 1);
                out.append(upper ? lower ? '█' : '▀' : lower ? '▄' : ' ');
            }
            out.append(PLAIN).append('\n');
        }
        return out.toString();
    }
}
