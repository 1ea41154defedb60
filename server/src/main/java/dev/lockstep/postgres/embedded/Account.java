package dev.lockstep.postgres.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The account that PostgreSQL's programs run under. PostgreSQL refuses to run as root; root
/// therefore hands it to another user: the owner of the data folder if there is one already, else
/// `postgres`, else `nobody`.
///
/// @param other the user that root hands over to; empty when we run it ourselves
/// @param prefix what stands before a command line to run it as that user
record Account(Optional<UserPrincipal> other, List<String> prefix) {

    static Account of(Path data) throws IOException, InterruptedException {
        if (!isRoot()) {
            return new Account(Optional.empty(), List.of());
        }
        UserPrincipal user = choose(data);
        for (List<String> prefix : prefixes(user.getName())) {
            List<String> trial = new ArrayList<>(prefix);
            trial.add("true");
            if (succeeds(trial)) {
                return new Account(Optional.of(user), prefix);
            }
        }
        throw new EmbeddedPostgresException(
                "PostgreSQL does not run as root, and none of setpriv, runuser and su could start"
                        + " it as user "
                        + user.getName()
                        + ": install util-linux, or start as another user.");
    }

    List<String> command(List<String> words) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(words);
        return all;
    }

    /// Makes the file or folder PostgreSQL's own.
    void give(Path path) throws IOException {
        if (other.isPresent()) {
            Files.setOwner(path, other.get());
        }
    }

    private static boolean isRoot() {
        return new com.sun.security.auth.module.UnixSystem().getUid() == 0;
    }

    private static UserPrincipal choose(Path data) throws IOException {
        UserPrincipalLookupService users = FileSystems.getDefault().getUserPrincipalLookupService();
        if (Files.isDirectory(data) && !Files.getAttribute(data, "unix:uid").equals(0)) {
            return Files.getOwner(data);
        }
        try {
            return users.lookupPrincipalByName("postgres");
        } catch (UserPrincipalNotFoundException _) {
            return users.lookupPrincipalByName("nobody");
        }
    }

    /// Ways to become `user`, the most direct first: setpriv needs no PAM and leaves no process
    /// between.
    private static List<List<String>> prefixes(String user)
            throws IOException, InterruptedException {
        List<List<String>> ways = new ArrayList<>();
        Optional<String> group = output(List.of("id", "-g", user));
        if (group.isPresent()) {
            ways.add(
                    List.of(
                            "setpriv",
                            "--reuid=" + user,
                            "--regid=" + group.get(),
                            "--clear-groups",
                            "--"));
        }
        ways.add(List.of("runuser", "-u", user, "--"));
        ways.add(List.of("su", "-s", "/bin/sh", user, "-c", "exec \"$0\" \"$@\""));
        return ways;
    }

    private static boolean succeeds(List<String> command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .directory(Path.of("/").toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException _) {
            return false; // no such program here
        }
    }

    private static Optional<String> output(List<String> command)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String text =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0 ? Optional.of(text) : Optional.empty();
    }
}
