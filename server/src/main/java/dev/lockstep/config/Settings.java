package dev.lockstep.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the configuration says, asked for by key and type. Each capability's record asks for what
/// it needs, with its default; a value that breaks its rule is noted, its default stands in, and
/// [#check] reports everything together before anything opens.
///
/// A key `feed.retention` is `LOCKSTEP_FEED_RETENTION` in the environment, and the environment wins
/// over the file. A secret may also be read from a file: `auth.jwt-secret-file`,
/// `LOCKSTEP_AUTH_JWT_SECRET_FILE`. Used by the starting thread alone.
public final class Settings {
    static final String PREFIX = "LOCKSTEP_";

    private final List<SettingsSource> sources;
    private final Set<String> known = new TreeSet<>();
    private final Map<String, String> renamed = new TreeMap<>();
    private final Map<String, Given> effective = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();

    /// @param sources the first that knows a key wins
    public Settings(List<SettingsSource> sources) {
        this.sources = List.copyOf(sources);
        sources.forEach(source -> problems.addAll(source.problems()));
    }

    /// Settings that were made by a program, without a file or an environment.
    public static Settings of(Map<String, String> values) {
        return new Settings(List.of(SettingsSource.values("given", values)));
    }

    /// The text, or nothing where it was not given; given and blank counts as not given.
    public Optional<String> text(String key) {
        return read(key, Optional.empty(), Function.identity(), Optional::of, "");
    }

    public String text(String key, String defaultValue) {
        return read(
                        key,
                        Optional.of(defaultValue),
                        Function.identity(),
                        Optional::of,
                        "give some text")
                .orElse(defaultValue);
    }

    /// Text without which nothing can start; the remedy completes `… is missing: `.
    public String required(String key, String remedy) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            problems.add("%s is missing: %s".formatted(named(key), remedy));
        }
        return text.orElse("");
    }

    public Duration duration(String key, Duration defaultValue) {
        return read(
                        key,
                        Optional.of(defaultValue),
                        Quantity::print,
                        Quantity::duration,
                        "give a duration such as 500ms, 30s, 10m or 2h")
                .orElse(defaultValue);
    }

    /// A size in bytes.
    public long bytes(String key, long defaultValue) {
        return read(
                        key,
                        Optional.of(defaultValue),
                        Quantity::print,
                        Quantity::bytes,
                        "give a size such as 512KiB, 64MiB or 1GiB")
                .orElse(defaultValue);
    }

    /// A whole number between two bounds that are themselves allowed.
    public int number(String key, int defaultValue, int min, int max) {
        return read(
                        key,
                        Optional.of(defaultValue),
                        String::valueOf,
                        text -> whole(text, min, max),
                        "give a whole number from %d to %d".formatted(min, max))
                .orElse(defaultValue);
    }

    public boolean flag(String key, boolean defaultValue) {
        return read(
                        key,
                        Optional.of(defaultValue),
                        String::valueOf,
                        Settings::truth,
                        "give true or false")
                .orElse(defaultValue);
    }

    /// Comma-separated, each entry trimmed, empty ones left out.
    public List<String> list(String key, List<String> defaultValue) {
        return read(
                        key,
                        Optional.of(defaultValue),
                        entries -> String.join(",", entries),
                        text -> Optional.of(entries(text)),
                        "give a list such as a,b,c")
                .orElse(defaultValue);
    }

    /// One word of a closed set, written as the constant with `-` for `_`, in any case.
    public <E extends Enum<E>> E choice(String key, E defaultValue) {
        E[] all = defaultValue.getDeclaringClass().getEnumConstants();
        String words = Arrays.stream(all).map(Settings::word).collect(Collectors.joining(", "));
        return read(
                        key,
                        Optional.of(defaultValue),
                        Settings::word,
                        text ->
                                Arrays.stream(all)
                                        .filter(one -> word(one).equalsIgnoreCase(text))
                                        .findFirst(),
                        "give one of " + words)
                .orElse(defaultValue);
    }

    /// A file or folder, as written: a relative one is relative to the working folder.
    public Optional<Path> path(String key) {
        return text(key).map(Path::of);
    }

    /// A secret from its own setting, or from the file that `<key>-file` names.
    public Optional<Secret> secret(String key) {
        String fileKey = key + "-file";
        known.add(key);
        known.add(fileKey);
        Optional<Given> direct = find(key);
        Optional<Given> file = find(fileKey);
        if (direct.isPresent() && file.isPresent()) {
            problems.add(
                    "%s and %s are both given: keep one of them"
                            .formatted(named(key), named(fileKey)));
        }
        Optional<Given> text = direct.or(() -> file.flatMap(given -> content(fileKey, given)));
        effective.put(
                key,
                text.map(given -> new Given("***", given.origin()))
                        .orElse(new Given("", "not set")));
        return text.map(Given::text).map(Secret::new);
    }

    /// An older name of a setting: giving it is a problem that names the new one.
    public void renamed(String oldKey, String newKey) {
        renamed.put(oldKey, newKey);
    }

    /// A rule that takes more than one setting to check; the sentence goes on after the key.
    public void problem(String key, String sentence) {
        problems.add(named(key) + " " + sentence);
    }

    /// Ends the reading: throws when anything was wrong, unknown and renamed keys included.
    ///
    /// @throws ConfigurationException with all problems
    public void check() {
        List<String> all = new ArrayList<>(problems);
        for (SettingsSource source : sources) {
            for (String key : source.keys()) {
                stranger(source, key).ifPresent(all::add);
            }
        }
        if (!all.isEmpty()) {
            throw new ConfigurationException(all);
        }
    }

    /// Every setting that was asked for, as a properties file with each value's origin.
    public String print() {
        StringBuilder out = new StringBuilder();
        effective.forEach((key, given) ->
                out.append("# %s%n".formatted(given.origin()))
                        .append(given.origin().equals("not set") ? "#" : "")
                        .append("%s = %s%n".formatted(key, given.text().replace("\\", "\\\\"))));
        return out.toString();
    }

    private <T> Optional<T> read(
            String key,
            Optional<T> defaultValue,
            Function<T, String> print,
            Function<String, Optional<T>> parse,
            String rule) {
        known.add(key);
        Optional<Given> given = find(key);
        Optional<T> value = given.flatMap(it -> parse.apply(it.text()));
        if (given.isPresent() && value.isEmpty()) {
            problems.add("%s is \"%s\": %s".formatted(named(key), given.get().text(), rule));
        }
        Optional<T> result = value.or(() -> defaultValue);
        effective.put(
                key,
                new Given(
                        result.map(print).orElse(""),
                        value.isPresent()
                                ? given.map(Given::origin).orElse("")
                                : result.isPresent() ? "default" : "not set"));
        return result;
    }

    private Optional<Given> find(String key) {
        return sources.stream()
                .map(source -> source.find(key))
                .flatMap(Optional::stream)
                .filter(given -> !given.text().isBlank())
                .map(given -> new Given(given.text().strip(), given.origin()))
                .findFirst();
    }

    private Optional<Given> content(String key, Given file) {
        try {
            String text = Files.readString(Path.of(file.text())).strip();
            if (text.isEmpty()) {
                problems.add("%s is \"%s\": that file is empty".formatted(named(key), file.text()));
                return Optional.empty();
            }
            return Optional.of(new Given(text, file.origin() + ", file " + file.text()));
        } catch (IOException e) {
            problems.add(
                    "%s is \"%s\": name a file that can be read (%s)"
                            .formatted(named(key), file.text(), e.getClass().getSimpleName()));
            return Optional.empty();
        }
    }

    private Optional<String> stranger(SettingsSource source, String key) {
        if (known.stream().anyMatch(one -> source.same(one, key))) {
            return Optional.empty();
        }
        for (var entry : renamed.entrySet()) {
            if (source.same(entry.getKey(), key)) {
                return Optional.of(
                        "%s (%s) was renamed: call it %s"
                                .formatted(key, source.name(), named(entry.getValue())));
            }
        }
        String remedy =
                source.nearest(key, known)
                        .map(near -> "did you mean " + near + "?")
                        .orElse("leave it out, or see docs/operations.md for all settings");
        return Optional.of("%s (%s) is unknown: %s".formatted(key, source.name(), remedy));
    }

    private static String named(String key) {
        return key + " (" + variable(key) + ")";
    }

    /// The environment's name of a setting.
    public static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static Optional<Integer> whole(String text, int min, int max) {
        try {
            int value = Integer.parseInt(text.replace("_", ""));
            return value < min || value > max ? Optional.empty() : Optional.of(value);
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    private static Optional<Boolean> truth(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes", "1" -> Optional.of(true);
            case "false", "off", "no", "0" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static List<String> entries(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
