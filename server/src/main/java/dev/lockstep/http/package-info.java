/// WebSocket, REST and page routes on one port; alone in knowing the web server. Event loops read
/// and write sockets; requests run on virtual threads.
@NullMarked
package dev.lockstep.http;

import org.jspecify.annotations.NullMarked;
