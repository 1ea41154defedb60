// The broadcaster that one writes in an afternoon: LISTEN on one side, `ws` on the other. It filters
// nothing, checks no rights and keeps nothing for whoever was away.
import pg from 'pg';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('listening', async () => {
  const database = new pg.Client({ connectionString: process.env.BENCH_DATABASE });
  await database.connect();
  database.on('notification', ({ payload }) => {
    const message = Buffer.from(payload ?? '');
    for (const client of server.clients) client.send(message, { binary: false });
  });
  await database.query('listen bench');
  console.log(`port ${server.address().port}`);
});
