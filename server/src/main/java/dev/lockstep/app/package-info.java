/// `main`, `ServerConfig`, the commands, wiring, and the order of start and stop. Uses everything.
@NullMarked
package dev.lockstep.app;

import org.jspecify.annotations.NullMarked;
