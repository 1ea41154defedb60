/// Topics, members, subscriptions, fan-out, and how a member that fell behind catches up.
@NullMarked
package dev.lockstep.channel;

import org.jspecify.annotations.NullMarked;
