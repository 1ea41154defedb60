/// The messages of PostgreSQL's `pgoutput` plugin (protocol version 2, text values): bytes in,
/// closed records out. Knows nothing of the catalogue, sockets or threads; a parser belongs to one
/// thread. Uses `core`.
@NullMarked
package dev.lockstep.replication.pgoutput;

import org.jspecify.annotations.NullMarked;
