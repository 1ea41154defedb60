import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { cleanUp, connection, until } from './world.ts';

/** A message of either dialect; `binary` is set for kind 4 frames, which have no other part. */
export interface Message {
  joinRef: unknown;
  ref: unknown;
  topic: string;
  event: string;
  payload: Record<string, unknown>;
  text: string;
  binary?: Buffer;
}

export interface RawOptions {
  /** `null` leaves the parameter out */
  vsn?: string | null;
  apikey?: string | null;
  url?: string;
  path?: string;
  headers?: Record<string, string>;
}

/** A client that says exactly what it is told to, for what supabase-js never sends. */
export class Raw {
  readonly inbox: Message[] = [];
  closed: { code: number; reason: string } | undefined;
  private lastRef = 0;

  private constructor(
    readonly socket: WebSocket,
    private readonly arrays: boolean,
  ) {
    socket.on('message', (data: Buffer, binary) => this.inbox.push(this.decode(data, binary)));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    socket.on('error', () => {});
  }

  static async open(options: RawOptions = {}): Promise<Raw> {
    const socket = new WebSocket(address(options), {
      headers: options.headers,
      maxPayload: 64 << 20,
    });
    const raw = new Raw(socket, (options.vsn === undefined ? '2.0.0' : options.vsn) === '2.0.0');
    await new Promise<void>((done, fail) => {
      socket.once('open', () => done());
      socket.once('error', fail);
    });
    cleanUp(() => socket.terminate());
    return raw;
  }

  send(text: string | Buffer): void {
    this.socket.send(text);
  }

  push(
    topic: string,
    event: string,
    payload: unknown,
    ref: unknown = this.nextRef(),
    joinRef: unknown = null,
  ): void {
    this.send(
      JSON.stringify(
        this.arrays
          ? [joinRef, ref, topic, event, payload]
          : { topic, event, payload, ref, join_ref: joinRef },
      ),
    );
  }

  nextRef(): string {
    this.lastRef += 1;
    return String(this.lastRef);
  }

  /** Joins and returns the reply; the join's ref is its `ref`. */
  async join(
    topic: string,
    config: Record<string, unknown> = {},
    more: Record<string, unknown> = {},
  ): Promise<Message> {
    const ref = this.nextRef();
    this.push(topic, 'phx_join', { config, ...more }, ref, ref);
    return this.reply(ref);
  }

  async joined(topic: string, config: Record<string, unknown> = {}): Promise<Message> {
    const reply = await this.join(topic, config);
    if (reply.payload.status !== 'ok') throw new Error(`join refused: ${reply.text}`);
    return reply;
  }

  reply(ref: unknown): Promise<Message> {
    return this.next((m) => m.event === 'phx_reply' && m.ref === ref, `the reply to ${ref}`);
  }

  event(event: string, milliseconds?: number): Promise<Message> {
    return this.next((m) => m.event === event, `event ${event}`, milliseconds);
  }

  /** Joins for changes and waits until the subscription is live. */
  async listening(topic: string, ...bindings: Record<string, unknown>[]): Promise<Message> {
    const reply = await this.joined(topic, { postgres_changes: bindings });
    const system = await this.event('system');
    if (system.payload.status !== 'ok') throw new Error(`subscription refused: ${system.text}`);
    return reply;
  }

  /** Takes the first message that matches out of the inbox. */
  async next(matches: (message: Message) => boolean, what: string, milliseconds = 10_000): Promise<Message> {
    const at = await until(
      () => {
        const found = this.inbox.findIndex(matches);
        return found < 0 ? undefined : found + 1;
      },
      () =>
        `${what}; inbox: ${this.inbox.map((m) => m.text.slice(0, 300)).join('\n')}; closed: ${JSON.stringify(this.closed)}`,
      milliseconds,
    );
    return this.inbox.splice(at - 1, 1)[0] as Message;
  }

  async heartbeat(): Promise<Message> {
    const ref = this.nextRef();
    this.push('phoenix', 'heartbeat', {}, ref);
    return this.reply(ref);
  }

  terminate(): void {
    this.socket.terminate();
  }

  private decode(data: Buffer, binary: boolean): Message {
    if (binary) {
      const none = { joinRef: null, ref: null, payload: {} };
      return { ...none, topic: '', event: '<binary>', text: data.toString('hex'), binary: data };
    }
    const text = data.toString('utf8');
    const parsed = JSON.parse(text);
    if (this.arrays) {
      const [joinRef, ref, topic, event, payload] = parsed;
      return { joinRef, ref, topic, event, payload, text };
    }
    const { topic, event, payload, ref, join_ref: joinRef } = parsed;
    return { joinRef, ref, topic, event, payload, text };
  }
}

/** The answer to a handshake that is refused. */
export async function refusedHandshake(options: RawOptions): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(address(options), { headers: options.headers });
  socket.on('error', () => {});
  return new Promise((done, fail) => {
    socket.once('open', () => {
      socket.terminate();
      fail(new Error('the handshake was accepted'));
    });
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        socket.terminate();
        done({ status: response.statusCode ?? 0, body });
      });
    });
  });
}

function address(options: RawOptions): string {
  const url = new URL(
    (options.path ?? '/realtime/v1/websocket').replace(/^\//, ''),
    `${options.url ?? connection.url}/`,
  );
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const apikey = options.apikey === undefined ? connection.anonKey : options.apikey;
  if (apikey !== null) url.searchParams.set('apikey', apikey);
  const vsn = options.vsn === undefined ? '2.0.0' : options.vsn;
  if (vsn !== null) url.searchParams.set('vsn', vsn);
  return url.toString();
}

/** A kind 3 frame as realtime-js writes it. */
export function kind3(parts: {
  joinRef: string;
  ref: string;
  topic: string;
  event: string;
  metadata?: string;
  payload: Buffer | string;
}): Buffer {
  const fields = [parts.joinRef, parts.ref, parts.topic, parts.event, parts.metadata ?? ''].map((field) =>
    Buffer.from(field, 'utf8'),
  );
  const payload = Buffer.from(parts.payload as string);
  const encoding = typeof parts.payload === 'string' ? 1 : 0;
  return Buffer.concat([
    Buffer.from([3, ...fields.map((field) => field.length), encoding]),
    ...fields,
    payload,
  ]);
}
