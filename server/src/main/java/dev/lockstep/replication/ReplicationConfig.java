package dev.lockstep.replication;

import dev.lockstep.config.Secret;
import dev.lockstep.config.Settings;
import java.time.Duration;
import java.util.List;

/// How the slot is reached and read.
///
/// @param url `jdbc:postgresql://host:port/database`, PostgreSQL itself and no pooler
/// @param publications all must exist; only their tables' changes arrive
/// @param statusInterval how often positions are reported while there is something to report
/// @param silence how long PostgreSQL and we may hear nothing of each other; half of it is how
///   often PostgreSQL asks
/// @param firstWait before the first attempt to come back; doubles with each that fails
/// @param maxWait where that doubling ends
/// @param maxTransactionHeap from here a running transaction goes to a file
public record ReplicationConfig(
        String url,
        String user,
        Secret password,
        String slot,
        List<String> publications,
        Duration statusInterval,
        Duration silence,
        Duration firstWait,
        Duration maxWait,
        long maxTransactionHeap) {
    public ReplicationConfig {
        publications = List.copyOf(publications);
    }

    public static ReplicationConfig of(Settings settings) {
        return new ReplicationConfig(
                settings.text("replication.url")
                        .orElseGet(() ->
                                settings.text(
                                        "database.url",
                                        "jdbc:postgresql://127.0.0.1:5432/postgres")),
                settings.text("replication.user", "lockstep_replicator"),
                settings.secret("replication.password").orElseGet(() -> new Secret("")),
                settings.text("replication.slot", "lockstep"),
                settings.list(
                        "replication.publications",
                        List.of("supabase_realtime", "lockstep_internal")),
                settings.duration("replication.status-interval", Duration.ofSeconds(1)),
                settings.duration("replication.silence", Duration.ofSeconds(10)),
                settings.duration("replication.first-wait", Duration.ofMillis(100)),
                settings.duration("replication.max-wait", Duration.ofSeconds(10)),
                settings.bytes("feed.max-transaction-heap", 8L << 20));
    }
}
