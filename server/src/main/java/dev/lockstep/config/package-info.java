/// Reading the file and the environment, and collecting every problem before anything opens. Uses
/// `core`.
@NullMarked
package dev.lockstep.config;

import org.jspecify.annotations.NullMarked;
