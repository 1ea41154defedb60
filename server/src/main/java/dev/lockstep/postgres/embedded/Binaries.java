package dev.lockstep.postgres.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.tukaani.xz.XZInputStream;

/// PostgreSQL's programs, unpacked once from the archive on the class path.
///
/// The `xz` part is done here, because slim systems have `tar` but seldom `xz`; `tar` is the
/// system's, because it gets links and modes right and every system has it. Unpacked beside its
/// place and renamed, so that a folder is whole or absent.
record Binaries(Path folder) {

    /// Unpacks into `folder` unless that was done before.
    static Binaries in(Path folder) throws IOException, InterruptedException {
        if (!Files.isExecutable(folder.resolve("bin/postgres"))) {
            unpack(folder);
        }
        return new Binaries(folder);
    }

    String program(String name) {
        return folder.resolve("bin").resolve(name).toString();
    }

    private static void unpack(Path folder) throws IOException, InterruptedException {
        String archive = Platform.current().archive();
        try (InputStream packed = Binaries.class.getResourceAsStream("/" + archive)) {
            if (packed == null) {
                throw new EmbeddedPostgresException(
                        "This build holds no PostgreSQL for this platform ("
                                + archive
                                + " is missing): build on the platform that it shall run on, or"
                                + " use `serve` with a PostgreSQL of your own.");
            }
            Path beside = Files.createTempDirectory(folder.getParent(), folder.getFileName() + "-");
            try {
                extract(packed, beside);
                Folders.openToAll(beside);
                Files.move(beside, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileAlreadyExistsException | DirectoryNotEmptyException _) {
                // Another process was faster; its folder is as whole as ours.
                Folders.delete(beside);
            }
        }
    }

    private static void extract(InputStream packed, Path folder)
            throws IOException, InterruptedException {
        Process tar =
                new ProcessBuilder("tar", "-x", "-o", "-f", "-")
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.to(folder.resolve(".tar").toFile()))
                        .start();
        EmbeddedPostgresException problem =
                new EmbeddedPostgresException("Unpacking PostgreSQL into " + folder + " failed.");
        boolean whole = false;
        try (OutputStream unpacked = tar.getOutputStream();
                XZInputStream xz = new XZInputStream(packed)) {
            xz.transferTo(unpacked);
            whole = true;
        } catch (IOException e) {
            problem.addSuppressed(e); // most likely tar gave up: its own words say more
        }
        int status = tar.waitFor();
        String words = Files.readString(folder.resolve(".tar")).strip();
        Files.delete(folder.resolve(".tar"));
        if (status != 0 || !whole) {
            problem.addSuppressed(new IOException("tar said: " + words));
            throw problem;
        }
    }
}
