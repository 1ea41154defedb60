package dev.lockstep.channel;

import dev.lockstep.wire.ChangesBinding;
import dev.lockstep.wire.ClientFrame;
import dev.lockstep.wire.FeedRequest;
import java.util.List;

/// How much text a member makes the server keep for as long as it is joined.
final class JoinSize {
    private JoinSize() {}

    /// In characters, which the server keeps in one byte or two each.
    static long of(ClientFrame.Join join) {
        long size = join.topic().name().length() + join.joinRef().json().length();
        size += join.config().presenceKey().map(String::length).orElse(0);
        for (ChangesBinding binding : join.config().changes()) {
            size += binding.json().length();
        }
        for (FeedRequest feed : join.config().feeds()) {
            size += of(feed);
        }
        return size;
    }

    private static long of(FeedRequest feed) {
        long size = feed.table().length();
        size += feed.where().map(String::length).orElse(0);
        size += feed.order().map(String::length).orElse(0);
        size += feed.since().map(String::length).orElse(0);
        for (String column : feed.select().orElse(List.of())) {
            size += column.length();
        }
        return size;
    }
}
