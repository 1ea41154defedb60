/// From a token to an `Identity`: keys, their rotation, and what makes a token count. Any thread.
/// Uses ground.
@NullMarked
package dev.lockstep.auth;

import org.jspecify.annotations.NullMarked;
