import type { Channel } from './channel-state.js';
import { isObject, type Json } from './frames.js';
import { Listeners } from './listeners.js';
import { type ChannelHost, type Conversation, LiveChannel } from './live-channel.js';

/** What one connection of a member says about itself, without the protocol's own fields. */
export type Meta = Json;

/** Who is here: the metas of each key, one for each connection, the oldest first. */
export type PresenceState = ReadonlyMap<string, readonly Meta[]>;

interface Marked {
  readonly ref: string;
  readonly meta: Meta;
}
type MarkedState = ReadonlyMap<string, readonly Marked[]>;

/** The whole, from `presence_state`. */
export function readPresenceState(payload: Json): MarkedState {
  const entries = Object.entries(payload).map(([key, value]) => [key, readMetas(value)] as const);
  return new Map(entries.filter(([, metas]) => metas.length > 0));
}

/** What changed, from `presence_diff`: a meta is known by its reference alone. */
export function applyPresenceDiff(state: MarkedState, payload: Json): MarkedState {
  const next = new Map(state);
  for (const [key, value] of entriesOf(payload.joins)) {
    const known = next.get(key) ?? [];
    const joined = readMetas(value).filter(({ ref }) => known.every((other) => other.ref !== ref));
    next.set(key, [...known, ...joined]);
  }
  for (const [key, value] of entriesOf(payload.leaves)) {
    const gone = new Set(readMetas(value).map(({ ref }) => ref));
    const stay = (next.get(key) ?? []).filter(({ ref }) => !gone.has(ref));
    if (stay.length > 0) next.set(key, stay);
    else next.delete(key);
  }
  return next;
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function readMetas(value: unknown): Marked[] {
  const metas = isObject(value) && Array.isArray(value.metas) ? value.metas.filter(isObject) : [];
  return metas.flatMap(({ phx_ref: ref, phx_ref_prev: _, ...meta }) =>
    typeof ref === 'string' ? [{ ref, meta }] : [],
  );
}

/** One member of a topic: says what it is, and hears who else is there. */
export class Presence implements Conversation {
  readonly topic: string;
  private readonly key: string;
  private readonly listeners = new Listeners();
  private readonly channel: LiveChannel;
  private marked: MarkedState = new Map();
  private shown: PresenceState = new Map();
  private synced = false;
  private readonly closed: (presence: Presence) => void;
  private meta: Meta;

  constructor(
    topic: string,
    key: string,
    meta: Meta,
    host: ChannelHost,
    closed: (presence: Presence) => void,
  ) {
    this.topic = topic;
    this.key = key;
    this.meta = meta;
    this.closed = closed;
    this.channel = new LiveChannel(host, this);
  }

  /** The same map until somebody comes, goes or says something new. */
  state(): PresenceState {
    return this.shown;
  }

  subscribe(listener: () => void): () => void {
    return this.listeners.add(listener);
  }

  /** Says something else about oneself. */
  update(meta: Meta): void {
    this.meta = meta;
    this.track();
  }

  renewToken(token: string): void {
    this.channel.renewToken(token);
  }

  close(): void {
    this.channel.leave();
    this.closed(this);
  }

  config(): Json {
    return { presence: { key: this.key, enabled: true }, postgres_changes: [] };
  }

  joined(): void {
    this.synced = false;
    this.track();
  }

  received(event: string, payload: Json): void {
    if (event === 'presence_state') {
      this.synced = true;
      this.show(readPresenceState(payload));
    } else if (event === 'presence_diff' && this.synced) {
      this.show(applyPresenceDiff(this.marked, payload));
    }
  }

  changed(state: Channel): void {
    // Without a connection nobody can be seen; the others are not gone, but to say so would be a guess.
    if (state.kind === 'refused' || state.kind === 'left') this.show(new Map());
  }

  private track(): void {
    this.channel.push('presence', { type: 'presence', event: 'track', payload: this.meta });
  }

  private show(marked: MarkedState): void {
    this.marked = marked;
    this.shown = new Map([...marked].map(([key, metas]) => [key, metas.map(({ meta }) => meta)]));
    this.listeners.tell();
  }
}
