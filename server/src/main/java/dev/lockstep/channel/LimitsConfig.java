package dev.lockstep.channel;

import dev.lockstep.config.Settings;
import java.time.Duration;

/// How much callers may ask for, the whole server together and each user alone. 0 means no limit.
///
/// A user is the `sub` of its token; who has none is its address, behind which there may be many.
///
/// @param connectionsPerUser WebSockets at a time
/// @param feedsPerUser live feeds at a time
/// @param joins joins per second of all, and `joinsPerUser` of one
/// @param messages messages per second that clients send, over sockets and by REST
/// @param presence presence calls per second
/// @param presenceCalls presence calls of one client in one channel in 30 seconds
/// @param burst how many seconds' worth may come at once
/// @param usersPerAddress an address is allowed this many times what a user is
/// @param accounts how many users are counted apart; further ones share one count
/// @param presenceBytes the largest presence payload
/// @param joinBytes the longest text that a joined channel makes the server keep
public record LimitsConfig(
        int connectionsPerUser,
        int feedsPerUser,
        int joins,
        int joinsPerUser,
        int messages,
        int messagesPerUser,
        int presence,
        int presencePerUser,
        int presenceCalls,
        Duration burst,
        int usersPerAddress,
        int accounts,
        long presenceBytes,
        long joinBytes) {
    private static final int MOST = 1_000_000;

    public static LimitsConfig of(Settings settings) {
        return new LimitsConfig(
                settings.number("limits.connections-per-user", 1_000, 0, MOST),
                settings.number("limits.feeds-per-user", 1_000, 0, MOST),
                settings.number("limits.joins", 5_000, 0, MOST),
                settings.number("limits.joins-per-user", 100, 0, MOST),
                settings.number("limits.messages", 50_000, 0, MOST),
                settings.number("limits.messages-per-user", 500, 0, MOST),
                settings.number("limits.presence", 10_000, 0, MOST),
                settings.number("limits.presence-per-user", 100, 0, MOST),
                settings.number("limits.presence-calls", 1_000, 0, MOST),
                settings.duration("limits.burst", Duration.ofSeconds(10)),
                settings.number("limits.users-per-address", 100, 1, MOST),
                settings.number("limits.accounts", 100_000, 1, 10_000_000),
                settings.bytes("limits.presence-bytes", 64L << 10),
                settings.bytes("limits.join-bytes", 256L << 10));
    }
}
