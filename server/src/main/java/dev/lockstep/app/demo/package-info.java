/// `lockstep demo`: a data folder held by one process, an embedded PostgreSQL, keys, a certificate
/// for the local network, and what goes with trying things out. Nothing else depends on it but the
/// commands that look for a running demo.
@NullMarked
package dev.lockstep.app.demo;

import org.jspecify.annotations.NullMarked;
