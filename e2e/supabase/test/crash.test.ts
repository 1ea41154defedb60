import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FeedView, joinFeed } from '../support/feed.ts';
import { Raw } from '../support/raw.ts';
import { Server } from '../support/server.ts';
import { administrator, cleanUp, listen, supabase, table, unique, until } from '../support/world.ts';

let server: Server;
let admin: pg.Client;
let name: string;

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

beforeEach(async () => {
  admin = await administrator(server.connection.adminDatabaseUrl);
  name = await table(admin, 'id bigint primary key, note text', 'log');
  await admin.query(`alter table ${name} replica identity full`);
});
afterEach(() => admin.end());

/** Inserts 1, 2, 3, … until stopped; survives what is done to the server, since PostgreSQL lives. */
class Writer {
  written = 0;
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(private readonly client: pg.Client) {
    this.running = this.run();
    cleanUp(() => this.stop());
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const next = this.written + 1;
      await this.client.query(`insert into ${name} values ($1, 'row')`, [next]);
      this.written = next;
      await new Promise((done) => setTimeout(done, 2));
    }
  }

  async stop(): Promise<number> {
    if (!this.stopped) {
      this.stopped = true;
      await this.running;
      await this.client.end();
    }
    return this.written;
  }
}

/** A feeds client that comes back with its token, as our SDK does. */
class Returning {
  readonly seen: number[] = [];
  readonly resets: string[] = [];
  connections = 0;
  private token: string | undefined;
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(private readonly topic: string) {
    this.running = this.run();
    cleanUp(() => this.stop());
  }

  get position(): string | undefined {
    return this.token;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        const raw = await Raw.open({
          url: server.connection.url,
          apikey: server.connection.anonKey,
        });
        this.connections += 1;
        const view = await joinFeed(raw, this.topic, {
          table: name,
          where: 'note=eq.row',
          ...(this.token ? { since: this.token } : {}),
        });
        await this.follow(raw, view);
      } catch {
        // The server is away; that is what this client is for.
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  }

  private async follow(raw: Raw, view: FeedView): Promise<void> {
    let applied = 0;
    while (!this.stopped && !raw.closed) {
      view.drain();
      for (const frame of view.frames.slice(applied)) {
        if (frame.reset !== undefined) this.resets.push(frame.reset);
        for (const row of frame.enter ?? []) this.seen.push(row.id as number);
        // What came with a frame and the frame's token are one step.
        if (frame.token) this.token = frame.token;
      }
      applied = view.frames.length;
      await new Promise((done) => setTimeout(done, 2));
    }
    raw.terminate();
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('killed with -9 under load and started again: a feeds client misses nothing and gets nothing twice, supabase-js rejoins by itself', async () => {
  const client = supabase({ url: server.connection.url, key: server.connection.anonKey });
  const listening = await listen(client, { event: '*', schema: 'public', table: name });
  const feed = new Returning(`realtime:feed:${unique('f')}`);
  await until(() => feed.position, 'the first token');
  const writer = new Writer(await administrator(server.connection.adminDatabaseUrl));

  for (let round = 0; round < 2; round++) {
    const at = writer.written + 100;
    await until(() => feed.seen.length > at, 'rows before the crash');
    await server.kill();
    // Rows that are committed while nobody listens.
    const dead = writer.written + 50;
    await until(() => writer.written > dead, 'rows while the server is away');
    await server.startAgain();
  }
  await until(() => feed.connections >= 3, 'the third connection', 20_000);
  const joins = () => listening.statuses.filter((status) => status === 'SUBSCRIBED').length;
  await until(() => joins() >= 2, 'supabase-js to rejoin', 30_000);
  const from = listening.changes.length;
  await until(() => listening.changes.length > from + 10, 'rows after the rejoin', 20_000);

  const written = await writer.stop();
  await until(
    () => feed.seen.length >= written,
    () => `${written}, saw ${feed.seen.length}`,
  );
  await feed.stop();
  expect(feed.resets).toEqual(['first']);
  expect(feed.seen).toEqual(upTo(written));
}, 120_000);

test('a walsender that is terminated is back within two seconds and leaves no gap', async () => {
  const client = supabase({ url: server.connection.url, key: server.connection.anonKey });
  const listening = await listen(client, { event: 'INSERT', schema: 'public', table: name });
  const feed = new Returning(`realtime:feed:${unique('f')}`);
  await until(() => feed.position, 'the first token');
  const writer = new Writer(await administrator(server.connection.adminDatabaseUrl));
  await until(() => listening.changes.length > 50, 'rows before');
  const killed = await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'walsender'`,
  );
  expect(killed.rowCount).toBeGreaterThan(0);
  const target = writer.written + 1;
  const since = Date.now();
  await until(() => listening.changes.length >= target, 'the stream to be back');
  expect(Date.now() - since).toBeLessThan(2_000);
  const written = await writer.stop();
  await until(() => listening.changes.length >= written, 'all rows');
  await until(() => feed.seen.length >= written, 'all rows of the feed');
  await feed.stop();
  expect(listening.changes.map((change) => change.new.id)).toEqual(upTo(written));
  expect(feed.seen).toEqual(upTo(written));
  expect(listening.statuses).toEqual(['SUBSCRIBED']);
}, 60_000);

test('a transaction of 200,000 rows passes whole while heartbeats and small changes of others go on', async () => {
  const small = await table(admin, 'id int primary key');
  const options = { url: server.connection.url, apikey: server.connection.anonKey };
  const raw = await Raw.open(options);
  await raw.listening('realtime:small', { event: '*', table: small });
  const big = await Raw.open(options);
  let received = 0;
  let inOrder = true;
  await big.listening('realtime:big', { event: 'INSERT', table: name });
  big.socket.removeAllListeners('message');
  big.socket.on('message', (data: Buffer) => {
    const record = /"record":\{"id":(\d+)/.exec(data.toString('latin1'))?.[1];
    if (record === undefined) return;
    received += 1;
    if (Number(record) !== received) inOrder = false;
  });
  const bulk = await administrator(server.connection.adminDatabaseUrl);
  let done = false;
  const insert = bulk
    .query(`insert into ${name} select n, repeat('x', 200) from generate_series(1, 200000) n`)
    .finally(() => {
      done = true;
    });
  let slowest = 0;
  let beats = 0;
  await until(
    async () => {
      const at = performance.now();
      await raw.heartbeat();
      slowest = Math.max(slowest, performance.now() - at);
      beats += 1;
      return done && received >= 200_000;
    },
    () => `200000 rows, saw ${received}`,
    90_000,
  );
  await insert;
  await bulk.end();
  expect([received, inOrder]).toEqual([200_000, true]);
  expect(beats).toBeGreaterThan(10);
  expect(slowest).toBeLessThan(2_000);
  await admin.query(`insert into ${small} values (1)`);
  await raw.event('postgres_changes', 2_000);
}, 120_000);
