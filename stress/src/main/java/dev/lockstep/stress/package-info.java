/// The load and loss tester: a server of its own, thousands of sockets, a writer, and peers to
/// compare with. It knows the server only from outside: its command line, its `connection.json`,
/// its wire and its process.
@NullMarked
package dev.lockstep.stress;

import org.jspecify.annotations.NullMarked;
