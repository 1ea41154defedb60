import { vi } from 'vitest';

/** The server as one page sees it: its routes, and the other end of its socket. */
export class ScriptedServer {
  readonly routes = new Map<string, () => Response>();
  readonly sockets: ScriptedSocket[] = [];

  constructor() {
    const server = this;
    vi.stubGlobal('fetch', (path: string) => {
      const route = this.routes.get(new URL(path, 'http://desk.test').pathname);
      return Promise.resolve(route?.() ?? json({ code: 'route.not-found', message: 'No such route.' }, 404));
    });
    vi.stubGlobal(
      'WebSocket',
      class extends ScriptedSocket {
        constructor(url: string) {
          super(url);
          server.sockets.push(this);
          queueMicrotask(() => this.onopen?.());
        }
      },
    );
  }

  answer(path: string, body: unknown, status = 200): void {
    this.routes.set(path, () => json(body, status));
  }

  /** Says a feed frame on the newest connection. */
  say(payload: object): void {
    const socket = this.sockets.at(-1);
    socket?.say([null, null, socket.feedTopic, 'feed', { id: 7, ...payload }]);
  }
}

function json(body: unknown, status: number): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

/** Answers joins: a feed with one row, presence with two people. */
class ScriptedSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  feedTopic = '';
  readonly joins: unknown[] = [];

  constructor(readonly url: string) {}

  send(text: string): void {
    const [joinRef, ref, topic, event, payload] = JSON.parse(text);
    const feed = payload.config?.feeds?.[0];
    const response = feed === undefined ? {} : { feeds: [{ ...feed, id: 7 }] };
    queueMicrotask(() => {
      this.say([joinRef, ref, topic, 'phx_reply', { status: 'ok', response }]);
      if (event !== 'phx_join') return;
      this.joins.push(payload.config);
      if (feed === undefined) this.say([joinRef, null, topic, 'presence_state', HERE]);
      else this.feedTopic = topic;
      if (feed !== undefined && feed.since === undefined) {
        this.say([
          null,
          null,
          topic,
          'feed',
          { id: 7, token: 't1', reset: 'first', total: 1, enter: [ORDER] },
        ]);
      }
    });
  }

  close(): void {}

  say(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const HERE = {
  p1: { metas: [{ phx_ref: '1', name: 'Amara Okafor', role: 'florist', colour: '#b4532a' }] },
  p2: { metas: [{ phx_ref: '2', name: 'Mei Chen', role: 'manager', colour: '#7a3fb0' }] },
};

export const PEOPLE = [
  {
    id: 'p1',
    name: 'Amara Okafor',
    role: 'florist',
    colour: '#b4532a',
    tenant: 'shop',
    tenantName: 'Marigold & Thyme',
  },
  {
    id: 'p2',
    name: 'Mei Chen',
    role: 'manager',
    colour: '#7a3fb0',
    tenant: 'shop',
    tenantName: 'Marigold & Thyme',
  },
];

export const ORDER = {
  id: 'o1',
  readable_id: 'B-1',
  customer_name: 'Zoë van der Berg',
  status: 'pending',
  delivery_type: 'pickup',
  due_at: new Date(Date.now() + 20 * 60_000).toISOString(),
  assigned_to: 'p2',
  total: 42.5,
  currency: 'EUR',
  version: 1,
};
