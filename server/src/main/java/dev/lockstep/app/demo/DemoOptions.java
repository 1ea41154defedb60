package dev.lockstep.app.demo;

import dev.lockstep.postgres.embedded.EmbeddedPostgres.Durability;
import java.nio.file.Path;
import java.util.OptionalInt;

/// How a demo is wanted.
///
/// @param port nothing for the usual one, 0 for any
record DemoOptions(
        Path data, OptionalInt port, Contents contents, Reach reach, Durability durability) {

    enum Contents {
        DEMO_DATA,
        SCHEMAS_ONLY
    }

    /// Who can connect.
    enum Reach {
        THIS_MACHINE,
        LOCAL_NETWORK;

        String host() {
            return switch (this) {
                case THIS_MACHINE -> "127.0.0.1";
                case LOCAL_NETWORK -> "0.0.0.0";
            };
        }
    }
}
