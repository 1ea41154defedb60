package dev.lockstep.channel;

import dev.lockstep.wire.BroadcastMessage;

/// A broadcast that stands in `realtime.messages`.
record StoredMessage(String id, BroadcastMessage message) {}
