/// `lockstep tail`: a client of our own wire for a terminal. One thread reads, prints and comes
/// back after a broken connection.
@NullMarked
package dev.lockstep.app.tail;

import org.jspecify.annotations.NullMarked;
