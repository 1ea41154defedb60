package dev.lockstep.cache;

import dev.lockstep.config.Settings;
import dev.lockstep.core.TableName;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// How much is kept, for how long, and what never is.
///
/// @param maxBytes of answers and of what is known of questions; beyond, what is asked for least
///   goes
/// @param ttl after which an answer is asked for again, though nothing is known against it
/// @param maxLag nothing is served of which it is not certain that it was true so long ago; a log
///   that is not read that quickly switches the cache off meanwhile
/// @param exceptTables whose rows are always read from the database
public record CacheConfig(
        boolean enabled,
        long maxBytes,
        Duration ttl,
        Duration maxLag,
        Set<TableName> exceptTables) {
    public CacheConfig {
        exceptTables = Set.copyOf(exceptTables);
    }

    public static CacheConfig of(Settings settings) {
        Set<TableName> except = new HashSet<>();
        for (String name : settings.list("cache.except-tables", List.of())) {
            int dot = name.indexOf('.');
            if (dot <= 0 || dot == name.length() - 1) {
                settings.problem(
                        "cache.except-tables",
                        "names \"" + name + "\": write tables as schema.table, e.g. public.orders");
            } else {
                except.add(new TableName(name.substring(0, dot), name.substring(dot + 1)));
            }
        }
        return new CacheConfig(
                settings.flag("cache.enabled", true),
                settings.bytes("cache.max-bytes", 64L << 20),
                settings.duration("cache.ttl", Duration.ofSeconds(30)),
                settings.duration("cache.max-lag", Duration.ofSeconds(2)),
                except);
    }
}
