// uWebSockets as Bun carries it: one publish a change, the fan-out is C++.
import pg from 'pg';

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response('no', { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    open(socket) {
      socket.subscribe('bench');
    },
    message() {},
  },
});
const database = new pg.Client({ connectionString: process.env.BENCH_DATABASE });
await database.connect();
database.on('notification', ({ payload }) => server.publish('bench', payload ?? ''));
await database.query('listen bench');
console.log(`port ${server.port}`);
