/// The slot, the publications, decoding of pgoutput, and the position that we acknowledge. One
/// platform thread reads and decodes, and hands on whole transactions. Uses ground, `postgres` and
/// `spool`.
@NullMarked
package dev.lockstep.replication;

import org.jspecify.annotations.NullMarked;
