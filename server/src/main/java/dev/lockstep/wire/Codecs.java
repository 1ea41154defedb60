package dev.lockstep.wire;

import dev.lockstep.wire.v1.ObjectCodec;
import dev.lockstep.wire.v2.ArrayCodec;
import java.util.List;
import java.util.Optional;

/// The dialects that this server speaks.
public final class Codecs {
    public static final Codec V1 = new ObjectCodec();
    public static final Codec V2 = new ArrayCodec();

    private Codecs() {}

    /// Every dialect, for those who encode once for each.
    public static List<Codec> all() {
        return List.of(V1, V2);
    }

    /// The dialect that a handshake's `vsn` asks for: `1.0.x`, `2.0.x`, and 1 for clients that name
    /// none; empty for any other.
    public static Optional<Codec> forVersion(Optional<String> vsn) {
        String version = vsn.orElse("1.0.0");
        if (version.matches("1\\.0\\.\\d{1,9}")) {
            return Optional.of(V1);
        }
        return version.matches("2\\.0\\.\\d{1,9}") ? Optional.of(V2) : Optional.empty();
    }
}
