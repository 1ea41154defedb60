import { createHmac, randomUUID } from 'node:crypto';
import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js';
import pg from 'pg';
import { afterEach, inject } from 'vitest';
import WebSocket from 'ws';

/** The shared server, as `connection.json` describes it. */
export const connection = inject('connection');

const leftovers: (() => Promise<unknown> | unknown)[] = [];

/** Runs after the test, last registered first. */
export function cleanUp(work: () => Promise<unknown> | unknown): void {
  leftovers.push(work);
}

afterEach(async () => {
  for (const work of leftovers.splice(0).reverse()) await work();
});

/** Waits for a condition and says what it waited for. */
export async function until<T>(
  condition: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  what: string | (() => string),
  milliseconds = 10_000,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) {
      throw new Error(`waited ${milliseconds} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** A name that no other test uses. */
export function unique(prefix: string): string {
  return `${prefix}_${randomUUID().slice(0, 8)}`;
}

/** The database's owner, as psql in one's hand. Call in `beforeAll`; end it in `afterAll`. */
export async function administrator(url = connection.adminDatabaseUrl): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // A test may restart the database under us.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Makes a published table that the API roles may read; `columns` is the inside of CREATE TABLE. */
export async function table(admin: pg.Client, columns: string, prefix = 't'): Promise<string> {
  const name = unique(prefix);
  await admin.query(`create table public.${name} (${columns})`);
  await admin.query(
    `grant select, insert, update, delete on public.${name} to anon, authenticated, service_role`,
  );
  await admin.query(`alter publication supabase_realtime add table public.${name}`);
  return name;
}

export interface ClientOptions {
  key?: string;
  url?: string;
  vsn?: string;
  heartbeatIntervalMs?: number;
  timeout?: number;
  accessToken?: () => Promise<string>;
}

/** An unmodified supabase-js client; disconnected after the test. */
export function supabase(options: ClientOptions = {}): SupabaseClient {
  const client = createClient(options.url ?? connection.url, options.key ?? connection.anonKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(options.accessToken ? { accessToken: options.accessToken } : {}),
    realtime: {
      transport: WebSocket as never,
      ...(options.vsn ? { vsn: options.vsn } : {}),
      ...(options.heartbeatIntervalMs ? { heartbeatIntervalMs: options.heartbeatIntervalMs } : {}),
      ...(options.timeout ? { timeout: options.timeout } : {}),
    },
  });
  cleanUp(async () => {
    await client.removeAllChannels();
    await client.realtime.disconnect();
  });
  return client;
}

export interface ChangeSeen {
  schema: string;
  table: string;
  commit_timestamp: string;
  eventType: 'INSERT' | 'UPDATE' | 'DELETE';
  new: Record<string, unknown>;
  old: Record<string, unknown>;
  errors: string[] | null;
}

export interface SystemSeen {
  extension: string;
  status: 'ok' | 'error';
  message: string;
  channel: string;
}

/** A joined channel and all that it was told since. */
export class Listening {
  readonly changes: ChangeSeen[] = [];
  readonly system: SystemSeen[] = [];
  readonly statuses: string[] = [];
  readonly errors: string[] = [];

  constructor(readonly channel: RealtimeChannel) {
    channel.on('system', {}, (message: SystemSeen) => {
      this.system.push(message);
    });
  }

  on(binding: Record<string, unknown>, seen: ChangeSeen[] = this.changes): this {
    this.channel.on(
      'postgres_changes' as never,
      binding as never,
      ((change: ChangeSeen) => {
        seen.push(change);
      }) as never,
    );
    return this;
  }

  /** Joins; returns when the server has said that the subscription is live, or refused it. */
  async subscribe(): Promise<this> {
    this.channel.subscribe((status, error) => {
      this.statuses.push(status);
      if (error) this.errors.push(error.message);
    });
    await this.status('SUBSCRIBED');
    if (this.channel.bindings.postgres_changes?.length) {
      await until(() => this.system.length > 0, `a system message on ${this.channel.topic}`);
    }
    return this;
  }

  async status(wanted: string): Promise<void> {
    await until(
      () => this.statuses.includes(wanted),
      () => `${wanted}, saw ${JSON.stringify([this.statuses, this.errors])}`,
    );
  }

  /** The next `count` changes since the last call. */
  async take(count: number, milliseconds = 10_000): Promise<ChangeSeen[]> {
    await until(
      () => this.changes.length >= count,
      () => `${count} changes, saw ${JSON.stringify(this.changes).slice(0, 2_000)}`,
      milliseconds,
    );
    return this.changes.splice(0, count);
  }

  async one(): Promise<ChangeSeen> {
    return (await this.take(1))[0] as ChangeSeen;
  }
}

/** Subscribes one channel to what the bindings say and waits until it is live. */
export async function listen(
  client: SupabaseClient,
  ...bindings: Record<string, unknown>[]
): Promise<Listening> {
  const listening = new Listening(client.channel(unique('room')));
  for (const binding of bindings) listening.on(binding);
  await listening.subscribe();
  const refused = listening.system.find((message) => message.status === 'error');
  if (refused) throw new Error(`subscription refused: ${refused.message}`);
  return listening;
}

/** The refusal that a subscription is answered with. */
export async function refusal(client: SupabaseClient, binding: Record<string, unknown>): Promise<SystemSeen> {
  const listening = new Listening(client.channel(unique('room'))).on(binding);
  await listening.subscribe();
  return listening.system[0] as SystemSeen;
}

/** A token signed with the server's secret. */
export function token(claims: Record<string, unknown>, secret = connection.jwtSecret): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
