import type { Channel } from './channel-state.js';
import { FrameGatherer, readFeedFrame } from './feed-frame.js';
import { isObject, type Json } from './frames.js';
import { Listeners } from './listeners.js';
import { type ChannelHost, type Conversation, LiveChannel } from './live-channel.js';
import { LiveError } from './live-error.js';
import { LiveRows } from './live-rows.js';
import { type Question, topicOf } from './question.js';

/** How true the rows are. */
export type FeedState =
  /** No rows yet; `error` is why the last attempt failed, if one did. */
  | { readonly kind: 'loading'; readonly error: LiveError | undefined }
  | { readonly kind: 'live' }
  /** The rows are those of `since`, and will catch up. */
  | { readonly kind: 'behind'; readonly since: number; readonly error: LiveError | undefined }
  /** Refused; the rows, if any, no longer move. `retry()` asks again. */
  | { readonly kind: 'refused'; readonly error: LiveError };

/** What happens on a feed, for the client's counters. */
export interface FeedObserver {
  changed(rows: number): void;
  delayed(milliseconds: number): void;
}

/** The rows of one question, kept true. Shared by all in the page who ask the same. */
export class SharedFeed implements Conversation {
  readonly topic: string;
  readonly rows: LiveRows;
  readonly changedState = new Listeners();
  private readonly question: Question;
  private readonly host: ChannelHost;
  private readonly observer: FeedObserver;
  private readonly gatherer = new FrameGatherer();
  private readonly channel: LiveChannel;
  private state: FeedState = { kind: 'loading', error: undefined };
  private loaded = false;
  private token: string | null = null;
  private id: number | null = null;
  private joinedAt = 0;
  private resetReason: { readonly reason: string; readonly at: number } | null = null;

  constructor(question: Question, host: ChannelHost, observer: FeedObserver) {
    this.topic = topicOf(question);
    this.question = question;
    this.host = host;
    this.observer = observer;
    this.rows = new LiveRows(question);
    this.channel = new LiveChannel(host, this);
  }

  current(): FeedState {
    return this.state;
  }

  /** The last time that all rows were loaded afresh, and why. */
  lastReset(): { readonly reason: string; readonly at: number } | null {
    return this.resetReason;
  }

  retry(): void {
    this.channel.retry();
  }

  renewToken(token: string): void {
    this.channel.renewToken(token);
  }

  leave(): void {
    this.channel.leave();
  }

  config(): Json {
    const since = this.token === null ? {} : { since: this.token };
    return { feeds: [{ ...this.question, ...since }] };
  }

  joined(response: Json): void {
    this.gatherer.forget();
    this.joinedAt = this.host.environment.now();
    const [entry] = Array.isArray(response.feeds) ? response.feeds.filter(isObject) : [];
    this.id = typeof entry?.id === 'number' ? entry.id : null;
    if (Array.isArray(entry?.key)) {
      this.rows.identifyBy(entry.key.filter((column): column is string => typeof column === 'string'));
    }
    if (this.loaded && this.token !== null) this.become({ kind: 'live' });
  }

  received(event: string, payload: Json): void {
    if (event !== 'feed') return;
    const frame = readFeedFrame(payload);
    if (frame === null || frame.id !== this.id) {
      this.host.debug(`${this.topic}: a frame that belongs to no feed of ours`);
      return;
    }
    const step = this.gatherer.add(frame);
    if (step === null) return;
    const now = this.host.environment.now();
    // The token from before a reset belongs to rows that are gone: who is cut before the next one loads afresh.
    if (step.token !== null || step.reset !== null) this.token = step.token;
    if (step.reset !== null) {
      this.loaded = true;
      this.resetReason = { reason: step.reset, at: now };
    }
    const applied = this.rows.apply(step, now);
    if (this.loaded) this.become({ kind: 'live' });
    if (applied === null || applied.reset !== null) return;
    this.observer.changed(applied.entered.length + applied.updated.length + applied.left.length);
    // What was committed before this join is caught up with; it says nothing about the way here.
    if (step.at !== null && step.at >= this.joinedAt) this.observer.delayed(Math.max(0, now - step.at));
  }

  changed(channel: Channel): void {
    switch (channel.kind) {
      case 'waiting':
        this.fallBehind(channel.error);
        break;
      case 'refused':
        this.become({ kind: 'refused', error: channel.error });
        break;
      case 'out':
      case 'asking':
      case 'joining':
        this.fallBehind(undefined);
        break;
      case 'joined':
      case 'left':
        break;
    }
  }

  private fallBehind(error: LiveError | undefined): void {
    if (!this.loaded) {
      if (error !== undefined || this.state.kind !== 'loading') this.become({ kind: 'loading', error });
      return;
    }
    const since = this.state.kind === 'behind' ? this.state.since : this.host.environment.now();
    const known = this.state.kind === 'behind' ? this.state.error : undefined;
    this.become({ kind: 'behind', since, error: error ?? known });
  }

  private become(next: FeedState): void {
    if (next.kind === 'live' && this.state.kind === 'live') return;
    this.state = next;
    this.changedState.tell();
  }
}

/** One user's hold on a feed. */
export class Feed {
  readonly rows: LiveRows;
  private readonly shared: SharedFeed;
  private release: (() => void) | null;

  constructor(shared: SharedFeed, release: () => void) {
    this.shared = shared;
    this.rows = shared.rows;
    this.release = release;
  }

  state(): FeedState {
    return this.shared.current();
  }

  /** Calls when the state changes; the rows tell of themselves. */
  subscribe(listener: () => void): () => void {
    return this.shared.changedState.add(listener);
  }

  lastReset(): { readonly reason: string; readonly at: number } | null {
    return this.shared.lastReset();
  }

  /** Asks again after a refusal, or at once instead of waiting. */
  retry(): void {
    this.shared.retry();
  }

  /** Settles when the rows are there; rejects when they are refused, or when the signal says so. */
  ready(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        const state = this.state();
        if (state.kind === 'loading') return;
        stop();
        if (state.kind === 'refused') reject(state.error);
        else resolve();
      };
      const stopHearing = this.subscribe(settle);
      const abort = () => {
        stop();
        reject(
          new LiveError('client', {
            code: 'client.aborted',
            message: 'Nobody waits for these rows any more.',
          }),
        );
      };
      const stop = () => {
        stopHearing();
        signal?.removeEventListener('abort', abort);
      };
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort);
      settle();
    });
  }

  /** Lets go; the channel is left some seconds after the last who held it. May be called twice. */
  close(): void {
    const { release } = this;
    this.release = null;
    release?.();
  }
}
