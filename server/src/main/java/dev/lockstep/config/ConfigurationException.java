package dev.lockstep.config;

import java.util.List;

/// Says everything that is wrong with the configuration at once, one line per problem: key, value,
/// rule and remedy.
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    public ConfigurationException(List<String> problems) {
        super(render(problems));
        this.problems = List.copyOf(problems);
    }

    /// The lines without their heading, in the order in which the settings were read.
    public List<String> problems() {
        return problems;
    }

    private static String render(List<String> problems) {
        return "Configuration has %s:%n  %s"
                .formatted(
                        problems.size() == 1 ? "1 problem" : problems.size() + " problems",
                        String.join("%n  ".formatted(), problems));
    }
}
