/// WebSocket, REST and page routes on one port; alone in knowing the web server. [HttpServer] owns
/// the port, [Routes] is where others add theirs. Each event loop owns its connections: it reads,
/// decodes and writes, and never waits. Requests and handshakes are answered on virtual threads and
/// hand their answer back to the loop. Uses every capability above, not `cluster` or `replication`.
@NullMarked
package dev.lockstep.http;

import org.jspecify.annotations.NullMarked;
