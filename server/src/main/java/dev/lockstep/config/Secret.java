package dev.lockstep.config;

/// Text that must not be read over somebody's shoulder: it prints as `***` everywhere, and only
/// [#reveal] gives it away.
public final class Secret {
    private static final String HIDDEN = "***";

    private final String text;

    public Secret(String text) {
        this.text = text;
    }

    /// The text itself, for the one place that needs it.
    public String reveal() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return HIDDEN;
    }
}
