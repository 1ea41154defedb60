/// Everything that can go wrong for a caller, as one closed type, and the exception that carries it
/// up. Uses the JDK alone.
@NullMarked
package dev.lockstep.error;

import org.jspecify.annotations.NullMarked;
