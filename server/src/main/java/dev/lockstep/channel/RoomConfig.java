package dev.lockstep.channel;

import dev.lockstep.config.Settings;
import java.time.Duration;

/// Bounds and rules of rooms: who hears what is said in a topic.
///
/// @param privateOnly whether joins of public rooms are refused
/// @param mailboxMessages broadcasts that may wait for one topic's owner; further ones are refused
/// @param mailboxBytes the same in bytes
/// @param waitingMessages what may wait of one member while its right to say it is read; further
///   messages are refused
/// @param waitingBytes the same in bytes; and what may wait for a member while its replay is read,
///   which is told how many more there were
/// @param probesAtWork how many rights are read at once
/// @param probeWait how long a join waits for its turn
/// @param rightsEvery how often it is looked whether policies, grants or roles have changed
/// @param replayBytes how much of stored messages one replay holds at most; older ones are left out
/// @param retention how long stored messages are kept, in whole days' partitions
public record RoomConfig(
        boolean privateOnly,
        int mailboxMessages,
        long mailboxBytes,
        int waitingMessages,
        long waitingBytes,
        int probesAtWork,
        Duration probeWait,
        Duration rightsEvery,
        long replayBytes,
        Duration retention) {

    public static RoomConfig of(Settings settings) {
        return new RoomConfig(
                settings.flag("channel.private-only", false),
                settings.number("channel.mailbox-messages", 65_536, 16, 10_000_000),
                settings.bytes("channel.mailbox", 64L << 20),
                settings.number("channel.waiting-messages", 100, 1, 10_000),
                settings.bytes("channel.waiting", 4L << 20),
                settings.number("channel.probes-at-work", 8, 1, 256),
                settings.duration("channel.probe-wait", Duration.ofSeconds(10)),
                settings.duration("channel.rights-every", Duration.ofSeconds(1)),
                settings.bytes("channel.replay", 8L << 20),
                settings.duration("channel.message-retention", Duration.ofHours(72)));
    }
}
