package dev.lockstep.app;

import dev.lockstep.auth.AuthConfig;
import dev.lockstep.cache.CacheConfig;
import dev.lockstep.channel.ChannelConfig;
import dev.lockstep.channel.LimitsConfig;
import dev.lockstep.config.Settings;
import dev.lockstep.data.RestConfig;
import dev.lockstep.feed.FeedConfig;
import dev.lockstep.http.HttpConfig;
import dev.lockstep.postgres.DatabaseConfig;
import dev.lockstep.replication.ReplicationConfig;
import dev.lockstep.storage.StorageConfig;
import dev.lockstep.telemetry.MetricsConfig;
import java.nio.file.Path;
import java.util.Optional;

/// All that a server is told: one record for each capability.
///
/// @param anonKey the key that pages begin with: public by nature
/// @param folder for what may be lost with the process: the older part of the window, and
///   transactions that are too large for the heap
public record ServerConfig(
        DatabaseConfig database,
        ReplicationConfig replication,
        FeedConfig feed,
        AuthConfig auth,
        ChannelConfig channel,
        LimitsConfig limits,
        HttpConfig http,
        RestConfig rest,
        CacheConfig cache,
        StorageConfig storage,
        MetricsConfig metrics,
        Optional<String> anonKey,
        Path folder) {

    /// Reads every setting; what is wrong stays with the settings until their `check`.
    public static ServerConfig of(Settings settings) {
        return new ServerConfig(
                DatabaseConfig.of(settings),
                ReplicationConfig.of(settings),
                FeedConfig.of(settings),
                AuthConfig.of(settings),
                ChannelConfig.of(settings),
                LimitsConfig.of(settings),
                HttpConfig.of(settings),
                RestConfig.of(settings),
                CacheConfig.of(settings),
                StorageConfig.of(settings),
                MetricsConfig.of(settings),
                settings.text("auth.anon-key"),
                settings.path("server.folder")
                        .orElseGet(() ->
                                Path.of(
                                        System.getProperty("java.io.tmpdir"),
                                        "lockstep-" + ProcessHandle.current().pid())));
    }
}
