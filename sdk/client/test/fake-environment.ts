import type { Environment, Socket, SocketEvents } from '../src/environment.js';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that moves only when told, and sockets whose other end is the test. */
export class FakeEnvironment implements Environment {
  readonly sockets: FakeSocket[] = [];
  private time = 1_000_000;
  private readonly timers = new Set<Timer>();
  private readonly wakes = new Set<() => void>();

  now(): number {
    return this.time;
  }

  random(): number {
    return 0;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.time + milliseconds, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  open(url: string, events: SocketEvents): Socket {
    const socket = new FakeSocket(url, events);
    this.sockets.push(socket);
    return socket;
  }

  onWake(listener: () => void): () => void {
    this.wakes.add(listener);
    return () => this.wakes.delete(listener);
  }

  onSleep(): () => void {
    return () => {};
  }

  wake(): void {
    for (const listener of this.wakes) listener();
  }

  last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  }

  /** Moves the time and runs what is due, in its order. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settled();
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.run();
      await settled();
    }
    this.time = end;
  }
}

/** Lets promises that are already decided run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

export class FakeSocket implements Socket {
  readonly sent: unknown[][] = [];
  closed = false;

  constructor(
    readonly url: string,
    readonly events: SocketEvents,
  ) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  say(frame: readonly unknown[]): void {
    this.events.received(JSON.stringify(frame));
  }

  /** What was sent with this event, the last one. */
  lastSent(event: string): unknown[] {
    const frame = this.sent.findLast((sent) => sent[3] === event);
    if (frame === undefined) throw new Error(`no ${event} was sent`);
    return frame;
  }

  count(event: string): number {
    return this.sent.filter((sent) => sent[3] === event).length;
  }
}
