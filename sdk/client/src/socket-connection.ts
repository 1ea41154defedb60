import { type Connection, type ConnectionEvent, step } from './connection-state.js';
import type { Environment, Socket } from './environment.js';
import { decode, encode, type Push, type ServerFrame } from './frames.js';
import { Listeners } from './listeners.js';
import { asLiveError, LiveError } from './live-error.js';
import { RecentMedian } from './median.js';

export interface SocketOptions {
  /** Asked before each attempt, so that a key may change. */
  readonly address: () => Promise<string>;
  readonly heartbeatMs: number;
  readonly environment: Environment;
  readonly debug: (line: string) => void;
}

const OPEN_WITHIN = 10_000;
const ANSWER_WITHIN = 10_000;
/** After a wake the network may be another one: a dead connection should be found out soon. */
const ANSWER_WITHIN_AFTER_WAKE = 3_000;

/** Owns the socket and its timers, and carries out what [step] decides. */
export class SocketConnection {
  readonly changed = new Listeners<[Connection]>();
  readonly received = new Listeners<[ServerFrame]>();
  private readonly options: SocketOptions;
  private readonly roundTrips = new RecentMedian(5);
  private state: Connection = { kind: 'idle' };
  private socket: Socket | null = null;
  /** Rises with every attempt: what belongs to an earlier one is ignored. */
  private life = 0;
  private everLive = false;
  private lastRef = 0;
  private cancelTimer = () => {};
  private cancelBeat = () => {};
  private beat: { readonly ref: string; readonly sentAt: number } | null = null;
  private stopListening: (() => void) | null = null;

  constructor(options: SocketOptions) {
    this.options = options;
  }

  current(): Connection {
    return this.state;
  }

  wasLive(): boolean {
    return this.everLive;
  }

  /** Median of the last round trips in milliseconds; null before the first. */
  roundTrip(): number | null {
    return this.roundTrips.value();
  }

  start(): void {
    if (this.stopListening === null) {
      const { environment } = this.options;
      const stops = [environment.onWake(() => this.wake()), environment.onSleep(() => this.probe())];
      this.stopListening = () => {
        for (const stop of stops) stop();
      };
    }
    this.handle({ type: 'start', now: this.options.environment.now() });
  }

  stop(): void {
    this.stopListening?.();
    this.stopListening = null;
    this.handle({ type: 'stop' });
  }

  /** Ends the wait that is running. */
  wake(): void {
    if (this.state.kind === 'live') this.probe();
    else this.handle({ type: 'wake' });
  }

  nextRef(): string {
    this.lastRef += 1;
    return String(this.lastRef);
  }

  /** Sends at once, or not at all: whoever needs it again sends it again when the connection is live. */
  send(push: Push): void {
    if (this.state.kind === 'live') this.socket?.send(encode(push));
  }

  private handle(event: ConnectionEvent): void {
    const before = this.state;
    this.state = step(before, event);
    if (this.state === before) return;
    this.options.debug(`connection: ${before.kind} -> ${this.state.kind}`);
    this.cancelTimer();
    if (this.state.kind !== 'live') this.endBeats();
    switch (this.state.kind) {
      case 'connecting':
        this.open();
        break;
      case 'live':
        this.everLive = true;
        this.sendBeat(ANSWER_WITHIN);
        break;
      case 'waiting':
        this.drop();
        this.cancelTimer = this.options.environment.after(
          this.state.until - this.options.environment.now(),
          () => this.handle({ type: 'due' }),
        );
        break;
      case 'closed':
        this.drop();
        break;
      case 'idle':
        break;
    }
    this.changed.tell(this.state);
  }

  private lost(life: number, why: string): void {
    if (life !== this.life) return;
    this.options.debug(`connection: lost (${why})`);
    const { environment } = this.options;
    this.handle({ type: 'lost', now: environment.now(), random: environment.random() });
  }

  private open(): void {
    this.life += 1;
    const life = this.life;
    this.cancelTimer = this.options.environment.after(OPEN_WITHIN, () => this.lost(life, 'not open in time'));
    this.options.address().then(
      (address) => {
        if (life === this.life && this.state.kind === 'connecting') this.listen(life, address);
      },
      (thrown: unknown) => {
        const error = asLiveError(thrown);
        if (life !== this.life) return;
        if (error.temporary) this.lost(life, error.message);
        else this.handle({ type: 'refused', error });
      },
    );
  }

  private listen(life: number, address: string): void {
    try {
      this.socket = this.options.environment.open(address, {
        opened: () => {
          if (life === this.life) this.handle({ type: 'opened', now: this.options.environment.now() });
        },
        received: (data) => {
          if (life === this.life) this.receive(data);
        },
        ended: (why) => this.lost(life, why),
      });
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      this.handle({ type: 'refused', error: new LiveError('client', { code: 'client.address', message }) });
    }
  }

  private drop(): void {
    this.life += 1;
    this.socket?.close();
    this.socket = null;
  }

  private receive(data: unknown): void {
    const frame = typeof data === 'string' ? decode(data) : null;
    if (frame === null) {
      this.options.debug('connection: a frame that this version does not know');
      return;
    }
    if (frame.type === 'reply' && frame.topic === 'phoenix') this.beatAnswered(frame.ref);
    else this.received.tell(frame);
  }

  private probe(): void {
    if (this.state.kind !== 'live') return;
    this.endBeats();
    this.sendBeat(ANSWER_WITHIN_AFTER_WAKE);
  }

  private sendBeat(answerWithin: number): void {
    const { environment } = this.options;
    const life = this.life;
    this.beat = { ref: this.nextRef(), sentAt: environment.now() };
    this.send({ joinRef: null, ref: this.beat.ref, topic: 'phoenix', event: 'heartbeat', payload: {} });
    this.cancelBeat = environment.after(answerWithin, () => this.lost(life, 'heartbeat unanswered'));
  }

  private beatAnswered(ref: string): void {
    if (this.beat?.ref !== ref) return;
    this.roundTrips.add(Math.max(0, this.options.environment.now() - this.beat.sentAt));
    this.endBeats();
    this.cancelBeat = this.options.environment.after(this.options.heartbeatMs, () =>
      this.sendBeat(ANSWER_WITHIN),
    );
  }

  private endBeats(): void {
    this.cancelBeat();
    this.beat = null;
  }
}
