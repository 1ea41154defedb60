/// `lockstep doctor`: what a database lacks, why it matters, and the SQL that mends it. Reads the
/// catalogue over one connection, on the command's thread.
@NullMarked
package dev.lockstep.app.doctor;

import org.jspecify.annotations.NullMarked;
