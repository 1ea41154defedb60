package dev.lockstep.wire;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads a join's payload as leniently as the reference: a part of the wrong type is as good as
/// absent, and never a reason to refuse the rest.
final class JoinReader {

    private JoinReader() {}

    /// @param payload the members of the `phx_join` payload
    static JoinConfig read(Map<String, String> payload) {
        Map<String, String> config = object(payload, "config");
        Map<String, String> broadcast = object(config, "broadcast");
        Map<String, String> presence = object(config, "presence");
        Map<String, String> waiting = object(config, "postgres_changes_options");
        return new JoinConfig(
                flag(broadcast, "ack"),
                flag(broadcast, "self"),
                replay(broadcast),
                flag(broadcast, "replication_ready"),
                presenceKey(presence),
                flag(presence, "enabled"),
                changes(config),
                flag(waiting, "wait"),
                number(waiting, "timeout").filter(ms -> ms > 0).map(Duration::ofMillis),
                flag(config, "private"),
                feeds(config));
    }

    /// A wish that cannot be read is not as good as none: the client would miss what it waits for.
    private static Optional<JoinConfig.Replay> replay(Map<String, String> broadcast) {
        String piece = broadcast.getOrDefault("replay", "null");
        if (!RawJson.isObject(piece)) {
            return Optional.empty();
        }
        Map<String, String> replay = object(broadcast, "replay");
        Optional<Long> since = number(replay, "since");
        Optional<Integer> limit =
                replay.getOrDefault("limit", "null").equals("null")
                        ? Optional.of(JoinConfig.Replay.MAX)
                        : integer(replay, "limit");
        return Optional.of(
                since.isPresent() && limit.isPresent()
                        ? new JoinConfig.Replay(since.get(), limit.get())
                        : JoinConfig.Replay.INVALID);
    }

    /// Numbers count as keys too; other SDKs send user ids.
    private static Optional<String> presenceKey(Map<String, String> presence) {
        String piece = presence.getOrDefault("key", "null");
        boolean number = !piece.isEmpty() && "-0123456789".indexOf(piece.charAt(0)) >= 0;
        return (number ? Optional.of(piece) : RawJson.text(piece)).filter(key -> !key.isEmpty());
    }

    private static List<ChangesBinding> changes(Map<String, String> config) {
        return array(config, "postgres_changes")
                .filter(RawJson::isObject)
                .map(BindingReader::read)
                .toList();
    }

    /// An entry that names no table stays, so that its place in the list gets its refusal.
    static List<FeedRequest> feeds(Map<String, String> config) {
        List<FeedRequest> feeds = new ArrayList<>();
        array(config, "feeds")
                .map(piece -> RawJson.isObject(piece) ? RawJson.members(piece) : noMembers())
                .forEach(entry -> feeds.add(feed(entry)));
        return feeds;
    }

    static FeedRequest feed(Map<String, String> entry) {
        return new FeedRequest(
                text(entry, "table").orElse(""),
                columns(entry.getOrDefault("select", "null")),
                text(entry, "where"),
                text(entry, "order"),
                integer(entry, "limit"),
                flag(entry, "total"),
                text(entry, "since"),
                Duration.ofMillis(number(entry, "batchMs").orElse(0L)));
    }

    private static Optional<List<String>> columns(String piece) {
        if (!RawJson.isArray(piece)) {
            return Optional.empty();
        }
        List<String> names =
                RawJson.elements(piece).stream().flatMap(e -> RawJson.text(e).stream()).toList();
        return Optional.of(names).filter(list -> !list.isEmpty());
    }

    private static Map<String, String> object(Map<String, String> members, String name) {
        String piece = members.getOrDefault(name, "null");
        return RawJson.isObject(piece) ? RawJson.members(piece) : noMembers();
    }

    private static Map<String, String> noMembers() {
        return Map.of();
    }

    private static Stream<String> array(Map<String, String> members, String name) {
        String piece = members.getOrDefault(name, "null");
        return RawJson.isArray(piece) ? RawJson.elements(piece).stream() : Stream.empty();
    }

    private static Optional<String> text(Map<String, String> members, String name) {
        return RawJson.text(members.getOrDefault(name, "null"));
    }

    private static boolean flag(Map<String, String> members, String name) {
        return RawJson.flag(members.getOrDefault(name, "null")).orElse(false);
    }

    private static Optional<Long> number(Map<String, String> members, String name) {
        var number = RawJson.number(members.getOrDefault(name, "null"));
        return number.isPresent() ? Optional.of(number.getAsLong()) : Optional.empty();
    }

    private static Optional<Integer> integer(Map<String, String> members, String name) {
        return number(members, name).filter(n -> n == n.intValue()).map(Long::intValue);
    }
}
