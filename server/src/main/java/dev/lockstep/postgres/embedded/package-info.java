/// A PostgreSQL of our own in one folder: unpacked, initialised, started, watched, stopped. One
/// [EmbeddedPostgres] owns one folder; its watcher, a virtual thread, starts the server again when
/// it died. Who may have the folder is for the caller to settle (`app` holds a lock file). Uses
/// nothing of ours.
@NullMarked
package dev.lockstep.postgres.embedded;

import org.jspecify.annotations.NullMarked;
