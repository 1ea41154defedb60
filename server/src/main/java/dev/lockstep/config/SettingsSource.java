package dev.lockstep.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// One place where settings stand: a file, the environment, the command line.
///
/// @param name how people know it
/// @param values by key, or by variable for an environment
/// @param problems of the place itself: unreadable, a key given twice
public record SettingsSource(
        Kind kind, String name, Map<String, String> values, List<String> problems) {
    /// Variables with our prefix that belong to the launcher, not to the server.
    private static final Set<String> LAUNCHER =
            Set.of("LOCKSTEP_JAR", "LOCKSTEP_JAVA_OPTS", "LOCKSTEP_BUILD_LOG");

    /// How a place spells its keys.
    public enum Kind {
        KEYS,
        VARIABLES
    }

    public SettingsSource {
        values = Map.copyOf(values);
        problems = List.copyOf(problems);
    }

    public static SettingsSource values(String name, Map<String, String> values) {
        return new SettingsSource(Kind.KEYS, name, values, List.of());
    }

    /// Of the environment, what begins with `LOCKSTEP_`.
    public static SettingsSource environment(Map<String, String> environment) {
        Map<String, String> ours = new TreeMap<>();
        environment.forEach((variable, text) -> {
            if (variable.startsWith(Settings.PREFIX) && !LAUNCHER.contains(variable)) {
                ours.put(variable, text);
            }
        });
        return new SettingsSource(Kind.VARIABLES, "environment", ours, List.of());
    }

    /// A properties file in UTF-8. A file that cannot be read is a problem like any other.
    public static SettingsSource file(Path path) {
        String name = "file " + path;
        List<String> problems = new ArrayList<>();
        Properties properties = new OncePerKey(name, problems);
        try (Reader reader = Files.newBufferedReader(path)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            problems.add(
                    "%s cannot be read: name a properties file in UTF-8 (%s)"
                            .formatted(name, e.getClass().getSimpleName()));
        }
        Map<String, String> values = new TreeMap<>();
        properties
                .stringPropertyNames()
                .forEach(key -> values.put(key, properties.getProperty(key, "")));
        return new SettingsSource(Kind.KEYS, name, values, problems);
    }

    Optional<Given> find(String key) {
        String spelt = spell(key);
        String origin = kind == Kind.VARIABLES ? name + " " + spelt : name;
        return Optional.ofNullable(values.get(spelt)).map(text -> new Given(text, origin));
    }

    Set<String> keys() {
        return new TreeSet<>(values.keySet());
    }

    /// Whether this place's spelling means that key.
    boolean same(String key, String spelt) {
        return spell(key).equals(spelt);
    }

    Optional<String> nearest(String spelt, Collection<String> known) {
        return Nearest.to(spelt, known.stream().map(this::spell).collect(Collectors.toSet()));
    }

    private String spell(String key) {
        return kind == Kind.VARIABLES ? Settings.variable(key) : key;
    }

    /// `Properties` would let the last of two equal keys win in silence.
    private static final class OncePerKey extends Properties {
        private static final long serialVersionUID = 1L;

        private final String name;
        private final transient List<String> problems;

        OncePerKey(String name, List<String> problems) {
            this.name = name;
            this.problems = problems;
        }

        @Override
        public synchronized Object put(Object key, Object value) {
            if (containsKey(key)) {
                problems.add("%s (%s) is given twice: keep one of them".formatted(key, name));
            }
            return super.put(key, value);
        }
    }
}
