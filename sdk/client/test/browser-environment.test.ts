import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { LockstepClient } from '../src/lockstep-client.js';

const servers: WebSocketServer[] = [];
afterEach(() => {
  vi.unstubAllGlobals();
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
});

/** Answers joins with one row, and a join that resumes with the row that was missed. */
async function scripted(port: number): Promise<WebSocketServer> {
  const server = new WebSocketServer({ port, host: '127.0.0.1' });
  servers.push(server);
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const [joinRef, ref, topic, event, payload] = JSON.parse(data.toString());
      const feeds = payload.config?.feeds?.map((feed: object) => ({ ...feed, id: 1 }));
      socket.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { status: 'ok', response: { feeds } }]));
      if (event !== 'phx_join') return;
      const frame = feeds[0].since === 't1' ? { token: 't2' } : { token: 't1', reset: 'first' };
      const row = { id: feeds[0].since ?? 'first' };
      socket.send(JSON.stringify([null, null, topic, 'feed', { id: 1, ...frame, enter: [row] }]));
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

it('goes on over real sockets when the server was killed and is back', async () => {
  vi.stubGlobal('WebSocket', WebSocket);
  const server = await scripted(0);
  const { port } = server.address() as AddressInfo;
  const client = new LockstepClient({ url: `http://127.0.0.1:${port}`, apikey: 'key' });
  client.connect();
  const feed = client.feed({ table: 'orders' });
  await feed.ready(AbortSignal.timeout(5_000));
  expect(feed.rows.keys()).toEqual(['first']);

  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
  await vi.waitFor(() => expect(client.connection().kind).toBe('waiting'), 5_000);
  expect(feed.state().kind).toBe('behind');

  await scripted(port);
  await vi.waitFor(() => expect(feed.rows.keys()).toEqual(['first', 't1']), 10_000);
  expect(feed.state()).toEqual({ kind: 'live' });
  client.close();
});
