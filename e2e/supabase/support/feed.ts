import { type Message, Raw } from './raw.ts';
import { unique, until } from './world.ts';

interface Frame {
  id: number;
  token?: string;
  at?: number;
  reset?: string;
  total?: number;
  enter?: Record<string, unknown>[];
  update?: {
    key: Record<string, unknown>;
    set: Record<string, unknown>;
    base?: { version: number };
  }[];
  leave?: { key: Record<string, unknown>; why: string }[];
  more?: boolean;
}

/** What a client holds of one feed, kept as docs/protocol.md says, by key `id`. */
export class FeedView {
  readonly rows = new Map<unknown, Record<string, unknown>>();
  readonly frames: Frame[] = [];
  readonly resets: string[] = [];
  token: string | undefined;
  total: number | undefined;
  /** Every row that ever entered by a frame that was no reset: a duplicate shows here. */
  readonly entered: unknown[] = [];
  private gathered: Frame[] = [];
  private read = 0;

  constructor(
    private readonly raw: Raw,
    readonly topic: string,
    readonly id: number,
  ) {}

  /** Applies what has arrived since, whole steps only. */
  drain(): this {
    const taken = this.raw.inbox.filter(
      (m) => m.event === 'feed' && m.topic === this.topic && m.payload.id === this.id,
    );
    for (const message of taken) {
      this.raw.inbox.splice(this.raw.inbox.indexOf(message), 1);
      this.frames.push(message.payload as unknown as Frame);
    }
    for (const frame of this.frames.slice(this.read)) {
      this.gathered.push(frame);
      if (!frame.more) {
        for (const part of this.gathered) this.apply(part);
        this.gathered = [];
      }
    }
    this.read = this.frames.length;
    return this;
  }

  async until(condition: (view: FeedView) => unknown, what: string, milliseconds?: number) {
    await until(
      () => condition(this.drain()),
      () =>
        `${what}; last frames ${JSON.stringify(this.frames.slice(-5)).slice(0, 2_000)}; others ${JSON.stringify(this.raw.inbox.slice(-5)).slice(0, 1_000)}; closed ${JSON.stringify(this.raw.closed)}`,
      milliseconds,
    );
  }

  /** The next frame that changes rows, for tests of its exact shape. */
  async frame(): Promise<Frame> {
    const from = this.frames.length;
    await this.until(() => this.frames.slice(from).some(hasRows), 'a frame with rows');
    return this.frames.slice(from).find(hasRows) as Frame;
  }

  private apply(frame: Frame): void {
    if (frame.reset !== undefined) {
      this.rows.clear();
      this.resets.push(frame.reset);
      this.total = frame.total;
    }
    for (const { key } of frame.leave ?? []) this.rows.delete(key.id);
    for (const row of frame.enter ?? []) {
      if (frame.reset === undefined && this.resets.length === 0) this.entered.push(row.id);
      this.rows.set(row.id, row);
    }
    for (const { key, set } of frame.update ?? []) {
      const held = this.rows.get(key.id);
      if (held) this.rows.set(key.id, { ...held, ...set });
    }
    if (frame.token !== undefined) this.token = frame.token;
  }
}

const hasRows = (frame: Frame) =>
  frame.reset !== undefined ||
  [frame.enter, frame.update, frame.leave].some((part) => (part?.length ?? 0) > 0);

export async function joinFeed(raw: Raw, topic: string, feed: Record<string, unknown>): Promise<FeedView> {
  const reply = await raw.join(topic, { feeds: [feed] });
  if (reply.payload.status !== 'ok') throw new Error(`join refused: ${reply.text}`);
  const [echo] = (reply.payload.response as { feeds: { id: number }[] }).feeds;
  return new FeedView(raw, topic, echo?.id ?? 0);
}

export async function refusedFeed(raw: Raw, topic: string, feed: unknown): Promise<Message> {
  const reply = await raw.join(topic, { feeds: [feed] });
  if (reply.payload.status !== 'error') throw new Error(`join was not refused: ${reply.text}`);
  return reply;
}

/** After this the server knows every DDL statement that came before: it refuses only by a catalogue read since. */
export async function catalogueRead(): Promise<void> {
  const raw = await Raw.open();
  await refusedFeed(raw, `realtime:${unique('catalogue')}`, { table: 'no_such_table' });
}
