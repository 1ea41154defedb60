/// Dialect 2.0.0: JSON arrays in text, and user broadcasts in binary frames of kind 3 (in) and 4
/// (out). Pure.
@NullMarked
package dev.lockstep.wire.v2;

import org.jspecify.annotations.NullMarked;
