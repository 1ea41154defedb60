/// The dialect of clients that only listen, over plain HTTP: the same payloads, as events of
/// `text/event-stream` or bare. Pure.
@NullMarked
package dev.lockstep.wire.sse;

import org.jspecify.annotations.NullMarked;
