package dev.lockstep.storage.blob;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A folder: `kept/ab/<id>` for what is there, `drafts/<id>` for what is being received, and
/// `owner`. Made when it is first needed. Bytes are forced to the disk before they get their name,
/// so a name never stands for half a file.
public final class FolderStore implements BlobStore {
    private final Path folder;
    private final Path kept;
    private final Path owner;
    private final Drafts drafts;

    public FolderStore(Path folder) {
        this.folder = folder;
        this.kept = folder.resolve("kept");
        this.owner = folder.resolve("owner");
        this.drafts = new Drafts(folder.resolve("drafts"));
    }

    @Override
    public Optional<String> owner() throws IOException {
        try {
            return Optional.of(Files.readString(owner).strip());
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    @Override
    public void claim(String name) throws IOException {
        Drafts.folder(folder);
        Files.writeString(owner, name + "\n");
    }

    @Override
    public Path draft(BlobId id) throws IOException {
        return drafts.of(id);
    }

    @Override
    public void keep(Path draft, BlobId id) throws IOException {
        Path place = place(id);
        Drafts.folder(shard(id));
        try (FileChannel bytes = FileChannel.open(draft, READ)) {
            bytes.force(true);
        }
        Files.move(draft, place, ATOMIC_MOVE);
        force(shard(id));
    }

    /// Without this a crash of the machine could forget the name.
    private static void force(Path folder) throws IOException {
        try (FileChannel names = FileChannel.open(folder, READ)) {
            names.force(true);
        }
    }

    @Override
    public Optional<BlobBody> open(BlobId id, long offset, long length) throws IOException {
        try {
            return Optional.of(
                    new BlobBody.InFile(FileChannel.open(place(id), READ), offset, length));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /// A second name for the same bytes, which never change, where the file system has such.
    @Override
    public boolean copy(BlobId from, BlobId to) throws IOException {
        Path place = place(to);
        Drafts.folder(shard(to));
        try {
            // Or a sweep could take the new name for an old one that nobody wants.
            Files.setLastModifiedTime(place(from), FileTime.from(Instant.now()));
            Files.createLink(place, place(from));
        } catch (NoSuchFileException _) {
            return false;
        } catch (UnsupportedOperationException | FileAlreadyExistsException _) {
            Path draft = drafts.of(to);
            Files.copy(place(from), draft);
            keep(draft, to);
            return true;
        }
        force(shard(to));
        return true;
    }

    @Override
    public void delete(Collection<BlobId> ids) throws IOException {
        for (BlobId id : ids) {
            Files.deleteIfExists(place(id));
        }
    }

    @Override
    public void sweep(Instant before, Consumer<List<BlobId>> told) throws IOException {
        drafts.sweep(before);
        if (!Files.isDirectory(kept)) {
            return;
        }
        List<BlobId> batch = new ArrayList<>(BATCH);
        try (Stream<Path> files = Files.walk(kept, 2)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Optional<BlobId> id = BlobId.parse(file.getFileName().toString());
                if (id.isPresent() && Drafts.isOlder(file, before)) {
                    batch.add(id.get());
                }
                if (batch.size() == BATCH) {
                    told.accept(List.copyOf(batch));
                    batch.clear();
                }
            }
        }
        if (!batch.isEmpty()) {
            told.accept(List.copyOf(batch));
        }
    }

    private Path shard(BlobId id) {
        return kept.resolve(id.toString().substring(0, 2));
    }

    private Path place(BlobId id) {
        String name = id.toString();
        return shard(id).resolve(name);
    }

    @Override
    public void close() {
        // Holds nothing open.
    }
}
