/// Topics, members, subscriptions, fan-out, and how a member that fell behind catches up.
///
/// A [dev.lockstep.channel.Hub] is the way in. The fan-out thread owns the index and the audiences,
/// a topic's shard its room, an event loop the seats of its connections, a cursor's virtual thread
/// its position; each is told by commands, and nobody locks. Uses ground, `postgres`, `feed`,
/// `match`, `policy`, `auth` and `wire`.
@NullMarked
package dev.lockstep.channel;

import org.jspecify.annotations.NullMarked;
