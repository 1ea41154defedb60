package dev.lockstep.storage.blob;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.options.ListContainerOptions;

/// An S3-compatible store on this machine, that checks signatures and keeps objects in a folder.
public final class TestStore implements AutoCloseable {
    public static final String BUCKET = "files";
    private static final String ACCESS = "test-access";
    private static final String SECRET = "test-secret-of-the-store";

    private final BlobStoreContext context;
    private final S3Proxy server;

    private TestStore(BlobStoreContext context, S3Proxy server) {
        this.context = context;
        this.server = server;
    }

    public static TestStore start() {
        return start(true);
    }

    /// One that refuses what it does not know, such as checksums, and so the deletion of many.
    static TestStore startStrict() {
        return start(false);
    }

    private static TestStore start(boolean isTolerant) {
        try {
            Path folder = Files.createTempDirectory("lockstep-store");
            Properties properties = new Properties();
            properties.setProperty("jclouds.filesystem.basedir", folder.toString());
            BlobStoreContext context =
                    ContextBuilder.newBuilder("filesystem-nio2")
                            .credentials(ACCESS, SECRET)
                            .overrides(properties)
                            .build(BlobStoreContext.class);
            context.getBlobStore().createContainerInLocation(null, BUCKET);
            S3Proxy server =
                    S3Proxy.builder()
                            .blobStore(context.getBlobStore())
                            .endpoint(URI.create("http://127.0.0.1:0"))
                            .ignoreUnknownHeaders(isTolerant)
                            .awsAuthentication(AuthenticationType.AWS_V4, ACCESS, SECRET)
                            .build();
            server.start();
            return new TestStore(context, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException("the store did not start", e);
        }
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    /// What a server is told to use this store.
    public Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("storage.s3.endpoint", url().toString());
        settings.put("storage.s3.bucket", BUCKET);
        settings.put("storage.s3.access-key", ACCESS);
        settings.put("storage.s3.secret-key", SECRET);
        settings.put("storage.s3.timeout", "5s");
        return settings;
    }

    /// How many objects lie there, the owner's name among them.
    public long objects() {
        BlobStore store = context.getBlobStore();
        return store.list(BUCKET, ListContainerOptions.Builder.recursive()).stream()
                .filter(entry -> entry.getType() == org.jclouds.blobstore.domain.StorageType.BLOB)
                .count();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the store did not stop", e);
        }
        context.close();
    }
}
