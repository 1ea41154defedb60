package dev.lockstep.channel;

import dev.lockstep.config.Settings;
import java.time.Duration;

/// Bounds of the channels.
///
/// @param outboxBytes what may wait for one connection before it becomes a cursor in the window
/// @param channelsPerConnection joins beyond it are refused
/// @param feedsPerChannel feeds beyond it are refused
/// @param broadcastBytes the largest broadcast payload
/// @param cursorsAtWork how many members may catch up at once
/// @param snapshotsAtWork how many snapshots may be read at once
/// @param tokenEvery how often a quiet feed is told its position
/// @param rooms what holds for broadcasts and presence
/// @param deletes who is told that rows of tables with row security are gone
public record ChannelConfig(
        long outboxBytes,
        int channelsPerConnection,
        int feedsPerChannel,
        long broadcastBytes,
        int cursorsAtWork,
        int snapshotsAtWork,
        Duration tokenEvery,
        RoomConfig rooms,
        Deletes deletes) {

    public static ChannelConfig of(Settings settings) {
        return new ChannelConfig(
                settings.bytes("channel.outbox", 1L << 20),
                settings.number("channel.channels-per-connection", 100, 1, 10_000),
                settings.number("channel.feeds-per-channel", 100, 1, 1_000),
                settings.bytes("channel.broadcast", 3_000_000),
                settings.number("channel.cursors-at-work", 4, 1, 256),
                settings.number("channel.snapshots-at-work", 8, 1, 256),
                settings.duration("channel.token-every", Duration.ofSeconds(30)),
                RoomConfig.of(settings),
                settings.flag("channel.deletes-to-everyone", false)
                        ? Deletes.EVERYONE
                        : Deletes.SEEN);
    }
}
