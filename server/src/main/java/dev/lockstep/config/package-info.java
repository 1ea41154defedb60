/// Reading the file and the environment, and collecting every problem before anything opens. The
/// starting thread reads [Settings]; what comes out of it is immutable. Uses `core`.
@NullMarked
package dev.lockstep.config;

import org.jspecify.annotations.NullMarked;
