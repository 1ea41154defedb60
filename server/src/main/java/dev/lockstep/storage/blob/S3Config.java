package dev.lockstep.storage.blob;

import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// An S3-compatible store.
///
/// @param endpoint its address, without the bucket
/// @param prefix before every key, for a bucket that holds other things too; ends in `/` or is
///   empty
/// @param style where the bucket's name stands in an address
/// @param timeout of one attempt at what is small, and of a silence within what is large
public record S3Config(
        URI endpoint,
        String region,
        String bucket,
        String prefix,
        Secret accessKey,
        Secret secretKey,
        Style style,
        Duration timeout) {
    /// What S3 takes as one object that is sent at once.
    public static final long MAX_OBJECT = 5L << 30;

    private static final String BUCKET = "storage.s3.bucket";

    /// `https://host/bucket/key`, or `https://bucket.host/key`.
    public enum Style {
        PATH,
        HOST
    }

    /// Nothing where no bucket is named: files lie in the folder then.
    public static Optional<S3Config> of(Settings settings) {
        Optional<String> bucket = settings.text(BUCKET);
        Optional<String> endpoint = settings.text("storage.s3.endpoint");
        String region = settings.text("storage.s3.region", "us-east-1");
        String prefix = settings.text("storage.s3.prefix", "lockstep/");
        Style style = settings.choice("storage.s3.style", Style.PATH);
        Duration timeout = settings.duration("storage.s3.timeout", Duration.ofSeconds(15));
        Optional<Secret> accessKey = settings.secret("storage.s3.access-key");
        Optional<Secret> secretKey = settings.secret("storage.s3.secret-key");
        if (bucket.isEmpty()) {
            if (accessKey.isPresent() || secretKey.isPresent() || endpoint.isPresent()) {
                settings.problem(
                        BUCKET, "is missing: name the bucket for the files, or leave out the rest");
            }
            return Optional.empty();
        }
        if (!bucket.get().matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
            settings.problem(BUCKET, is(bucket.get()) + "3 to 63 of a-z, 0-9, . and -");
        }
        if (accessKey.isEmpty()) {
            settings.problem("storage.s3.access-key", "is missing: give the key of an account");
        }
        if (secretKey.isEmpty()) {
            settings.problem("storage.s3.secret-key", "is missing: give the account's secret key");
        }
        if (timeout.compareTo(Duration.ofMillis(100)) < 0
                || timeout.compareTo(Duration.ofMinutes(10)) > 0) {
            settings.problem("storage.s3.timeout", is(timeout.toString()) + "100ms to 10m");
        }
        if (!region.matches("[A-Za-z0-9-]{1,64}")) {
            settings.problem("storage.s3.region", is(region) + "a region such as eu-central-1");
        }
        if (!prefix.matches("([A-Za-z0-9_-][A-Za-z0-9_.-]*/){1,8}")) {
            settings.problem("storage.s3.prefix", is(prefix) + "a folder such as lockstep/");
        }
        String place =
                endpoint.orElse("https://s3." + region + ".amazonaws.com").replaceFirst("/$", "");
        boolean isPlace = place.matches("https?://(\\[[0-9a-fA-F:]+]|[A-Za-z0-9.-]+)(:\\d{1,5})?");
        if (!isPlace && endpoint.isPresent()) {
            settings.problem(
                    "storage.s3.endpoint", is(place) + "an address such as https://s3.example.org");
        }
        return Optional.of(
                new S3Config(
                        URI.create(isPlace ? place : "https://invalid"),
                        region,
                        bucket.get(),
                        prefix,
                        accessKey.orElse(new Secret("")),
                        secretKey.orElse(new Secret("")),
                        style,
                        timeout));
    }

    private static String is(String text) {
        return "is \"" + text + "\": give ";
    }
}
