import { AccessToken, type TokenSource } from './access-token.js';
import type { Connection } from './connection-state.js';
import { browserEnvironment, type Environment } from './environment.js';
import { Feed, type FeedObserver, SharedFeed } from './feed.js';
import { Listeners } from './listeners.js';
import type { ChannelHost } from './live-channel.js';
import { RecentMedian } from './median.js';
import { type Meta, Presence } from './presence.js';
import { canonical, type Question } from './question.js';
import { SocketConnection } from './socket-connection.js';

export interface ClientOptions {
  /** The server's base, such as `https://example.org`, or of its socket, such as `wss://example.org/realtime/v1`. */
  readonly url: string;
  /** The public key, or where to get it; asked before each attempt to connect. */
  readonly apikey: string | (() => Promise<string>);
  readonly accessToken?: TokenSource;
  /** How long after an answer the next heartbeat is sent; 30,000 when absent. */
  readonly heartbeatMs?: number;
  readonly environment?: Environment;
  /** Hears one line for each change of state. */
  readonly debug?: (line: string) => void;
}

export interface Metrics {
  /** Rows that came, changed or went since the page was opened, first loads not counted. */
  readonly updates: number;
  readonly lastUpdateAt: number | null;
  /** Median of the last 20, from commit to here in milliseconds; null before the first. */
  readonly delay: number | null;
  /** Median of the last heartbeats in milliseconds; null before the first. */
  readonly roundTrip: number | null;
}

interface Held {
  readonly feed: SharedFeed;
  users: number;
  cancelLeaving: () => void;
}

/** A feed without users is left after so long: a page that comes back at once finds it still live. */
const LINGER = 5_000;
/** Counters are told at most so often. */
const METRICS_EVERY = 100;

/** One connection to a Lockstep server, and what is live on it. */
export class LockstepClient {
  private readonly environment: Environment;
  private readonly socket: SocketConnection;
  private readonly host: ChannelHost;
  private readonly feeds = new Map<string, Held>();
  private readonly presences = new Set<Presence>();
  private readonly metricsListeners = new Listeners();
  private readonly delays = new RecentMedian(20);
  private readonly observer: FeedObserver;
  private shownMetrics: Metrics = { updates: 0, lastUpdateAt: null, delay: null, roundTrip: null };
  private updates = 0;
  private lastUpdateAt: number | null = null;
  private metricsDue = false;

  constructor(options: ClientOptions) {
    const environment = options.environment ?? browserEnvironment();
    const debug = options.debug ?? (() => {});
    this.environment = environment;
    this.socket = new SocketConnection({
      address: () => addressOf(options),
      heartbeatMs: options.heartbeatMs ?? 30_000,
      environment,
      debug,
    });
    const tokens = new AccessToken(
      options.accessToken ?? (() => Promise.resolve(null)),
      environment,
      (token) => this.sayToken(token),
    );
    this.host = { connection: this.socket, tokens, environment, debug };
    this.observer = {
      changed: (rows) => {
        this.updates += rows;
        this.lastUpdateAt = environment.now();
        this.showMetricsSoon();
      },
      delayed: (milliseconds) => this.delays.add(milliseconds),
    };
  }

  /** Connects, and stays connected until [close]. Also tries again at once when it is waiting or closed. */
  connect(): void {
    this.socket.start();
  }

  connection(): Connection {
    return this.socket.current();
  }

  /** Whether it was ever live, so that there is something to come back to. */
  wasLive(): boolean {
    return this.socket.wasLive();
  }

  /** Calls with each change of the connection's state. */
  subscribe(listener: () => void): () => void {
    return this.socket.changed.add(() => listener());
  }

  /** The same object until something in it changes. */
  metrics(): Metrics {
    return this.shownMetrics;
  }

  subscribeMetrics(listener: () => void): () => void {
    return this.metricsListeners.add(listener);
  }

  /** Equal questions share one feed. Each hold is closed by its own [Feed.close]. */
  feed(question: Question): Feed {
    const name = canonical(question);
    const held = this.feeds.get(name) ?? this.hold(name, question);
    held.cancelLeaving();
    held.users += 1;
    return new Feed(held.feed, () => this.release(name, held));
  }

  /** Joins a topic as `key`, and says `meta` about it. */
  presence(topic: string, key: string, meta: Meta): Presence {
    const presence = new Presence(topic, key, meta, this.host, (closed) => this.presences.delete(closed));
    this.presences.add(presence);
    return presence;
  }

  /** Ends everything; [connect] begins anew. */
  close(): void {
    for (const { feed, cancelLeaving } of this.feeds.values()) {
      cancelLeaving();
      feed.leave();
    }
    for (const presence of [...this.presences]) presence.close();
    this.feeds.clear();
    this.host.tokens.close();
    this.socket.stop();
  }

  private hold(name: string, question: Question): Held {
    const held = {
      feed: new SharedFeed(question, this.host, this.observer),
      users: 0,
      cancelLeaving: () => {},
    };
    this.feeds.set(name, held);
    return held;
  }

  private release(name: string, held: Held): void {
    held.users -= 1;
    if (held.users > 0 || this.feeds.get(name) !== held) return;
    held.cancelLeaving = this.environment.after(LINGER, () => {
      this.feeds.delete(name);
      held.feed.leave();
    });
  }

  private sayToken(token: string): void {
    for (const { feed } of this.feeds.values()) feed.renewToken(token);
    for (const presence of this.presences) presence.renewToken(token);
  }

  private showMetricsSoon(): void {
    if (this.metricsDue) return;
    this.metricsDue = true;
    this.environment.after(METRICS_EVERY, () => {
      this.metricsDue = false;
      this.shownMetrics = {
        updates: this.updates,
        lastUpdateAt: this.lastUpdateAt,
        delay: this.delays.value(),
        roundTrip: this.socket.roundTrip(),
      };
      this.metricsListeners.tell();
    });
  }
}

async function addressOf({ url, apikey }: ClientOptions): Promise<string> {
  const key = typeof apikey === 'string' ? apikey : await apikey();
  const address = new URL(url);
  address.protocol = address.protocol.replace('http', 'ws');
  if (!address.pathname.endsWith('/realtime/v1')) {
    address.pathname = `${address.pathname.replace(/\/$/, '')}/realtime/v1`;
  }
  address.pathname += '/websocket';
  address.searchParams.set('apikey', key);
  address.searchParams.set('vsn', '2.0.0');
  return address.href;
}
