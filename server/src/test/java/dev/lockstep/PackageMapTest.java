package dev.lockstep;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.Predefined;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Holds the map of ARCHITECTURE.md.
class PackageMapTest {
    private static final Map<String, Set<String>> MAY_USE =
            Map.ofEntries(
                    entry("error", Set.of()),
                    entry("core", Set.of("error")),
                    entry("config", Set.of("core")),
                    entry("telemetry", Set.of("config")),
                    entry("spool", Set.of("core")),
                    entry("match", Set.of("core", "error")),
                    entry("wire", Set.of("core", "error")),
                    entry("postgres", Set.of("core", "error", "config")),
                    entry("replication", Set.of("core", "error", "config", "spool", "postgres")),
                    entry("feed", Set.of("core", "error", "config", "spool")),
                    entry("auth", Set.of("core", "error", "config")),
                    entry("policy", Set.of("core", "error", "config", "postgres", "feed", "match")),
                    entry(
                            "channel",
                            Set.of(
                                    "core",
                                    "error",
                                    "config",
                                    "postgres",
                                    "feed",
                                    "match",
                                    "policy",
                                    "wire",
                                    "auth")),
                    entry(
                            "cache",
                            Set.of(
                                    "core",
                                    "error",
                                    "config",
                                    "telemetry",
                                    "postgres",
                                    "policy",
                                    "feed")),
                    entry(
                            "data",
                            Set.of(
                                    "cache",
                                    "core",
                                    "error",
                                    "config",
                                    "postgres",
                                    "match",
                                    "policy",
                                    "auth",
                                    "feed")),
                    entry("storage", Set.of("core", "error", "config", "postgres", "auth")),
                    entry(
                            "http",
                            Set.of(
                                    "storage",
                                    "core",
                                    "error",
                                    "config",
                                    "auth",
                                    "channel",
                                    "policy",
                                    "wire",
                                    "feed",
                                    "data",
                                    "telemetry")),
                    entry(
                            "app",
                            Set.of(
                                    "core",
                                    "error",
                                    "config",
                                    "spool",
                                    "match",
                                    "wire",
                                    "postgres",
                                    "replication",
                                    "feed",
                                    "auth",
                                    "policy",
                                    "channel",
                                    "data",
                                    "cache",
                                    "storage",
                                    "telemetry",
                                    "http")));

    private static final JavaClasses HOUSE =
            new ClassFileImporter()
                    .withImportOption(Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.lockstep");

    static Stream<String> packages() {
        return MAY_USE.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void uses_only_what_the_map_allows(String name) {
        String[] elsewhere =
                packages()
                        .filter(other -> !other.equals(name))
                        .filter(other -> !MAY_USE.getOrDefault(name, Set.of()).contains(other))
                        .map(other -> "dev.lockstep." + other + "..")
                        .toArray(String[]::new);
        if (elsewhere.length == 0) {
            return;
        }
        noClasses()
                .that()
                .resideInAPackage("dev.lockstep." + name + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(elsewhere)
                .allowEmptyShould(true)
                .check(HOUSE);
    }

    @Test
    void every_package_is_on_the_map() {
        Set<String> found = new TreeSet<>();
        HOUSE.forEach(type -> found.add(type.getPackageName().split("\\.")[2]));
        assertThat(MAY_USE.keySet()).containsAll(found);
    }

    @Test
    void no_packages_form_a_circle() {
        slices().matching("dev.lockstep.(*)..").should().beFreeOfCycles().check(HOUSE);
    }
}
