/// Answers to reads, kept as long as the log says that they are true.
/// [dev.lockstep.cache.AnswerCache] is the way in, for any thread that may wait;
/// [dev.lockstep.cache.Touches] is written by the replication reader alone, before the feed's head
/// moves. What is kept is bounded in bytes and in age. Uses `core`, `config`, `postgres`, `policy`
/// (on what an answer stands) and `telemetry`.
@NullMarked
package dev.lockstep.cache;

import org.jspecify.annotations.NullMarked;
