/// Dialect 1.0.0: every message is a JSON object in text; there are no binary frames. Pure.
@NullMarked
package dev.lockstep.wire.v1;

import org.jspecify.annotations.NullMarked;
