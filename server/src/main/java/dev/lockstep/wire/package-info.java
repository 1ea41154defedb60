/// Frames and codecs: bytes become frames here and nowhere else, and past this line nobody sees
/// JSON. Pure and without threads. One sub-package per dialect ([dev.lockstep.wire.v1],
/// [dev.lockstep.wire.v2], [dev.lockstep.wire.sse]), one for rows and their values
/// ([dev.lockstep.wire.row]). Uses `core` and `error`.
@NullMarked
package dev.lockstep.wire;

import org.jspecify.annotations.NullMarked;
