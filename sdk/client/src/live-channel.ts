import type { AccessToken } from './access-token.js';
import { type Channel, type ChannelEvent, stepChannel } from './channel-state.js';
import type { Connection } from './connection-state.js';
import type { Environment } from './environment.js';
import type { Json, ServerFrame } from './frames.js';
import { asLiveError, LiveError, refusal } from './live-error.js';
import type { SocketConnection } from './socket-connection.js';

/** What is spoken on a channel. */
export interface Conversation {
  readonly topic: string;
  /** The join's `config`, made anew for each join. */
  config(): Json;
  /** The join was accepted. */
  joined(response: Json): void;
  received(event: string, payload: Json): void;
  changed(state: Channel): void;
}

export interface ChannelHost {
  readonly connection: SocketConnection;
  readonly tokens: AccessToken;
  readonly environment: Environment;
  readonly debug: (line: string) => void;
}

const JOINED_WITHIN = 10_000;

/** Keeps one topic joined for as long as it lives. */
export class LiveChannel {
  private readonly host: ChannelHost;
  private readonly conversation: Conversation;
  private readonly stops: (() => void)[];
  private state: Channel = { kind: 'out' };
  private cancelTimer = () => {};

  constructor(host: ChannelHost, conversation: Conversation) {
    this.host = host;
    this.conversation = conversation;
    this.stops = [
      host.connection.changed.add((connection) => this.follow(connection)),
      host.connection.received.add((frame) => this.receive(frame)),
    ];
    this.follow(host.connection.current());
  }

  current(): Channel {
    return this.state;
  }

  /** Sent when joined, else not at all. */
  push(event: string, payload: Json): void {
    if (this.state.kind !== 'joined') return;
    this.send(this.state.ref, this.host.connection.nextRef(), event, payload);
  }

  /** A joined channel goes on under the new token. */
  renewToken(token: string): void {
    this.push('access_token', { access_token: token });
  }

  retry(): void {
    this.handle({ type: 'retry' });
  }

  /** For good. */
  leave(): void {
    if (this.state.kind === 'joined' || this.state.kind === 'joining') {
      this.send(this.state.ref, this.host.connection.nextRef(), 'phx_leave', {});
    }
    for (const stop of this.stops) stop();
    this.handle({ type: 'leave' });
  }

  private follow(connection: Connection): void {
    this.handle({ type: connection.kind === 'live' ? 'up' : 'down' });
  }

  private handle(event: ChannelEvent): void {
    const before = this.state;
    this.state = stepChannel(before, event);
    if (this.state === before) return;
    this.host.debug(`${this.conversation.topic}: ${before.kind} -> ${this.state.kind}`);
    this.cancelTimer();
    this.cancelTimer = () => {};
    const { environment } = this.host;
    if (this.state.kind === 'asking') this.ask(this.state, this.state.renew);
    if (this.state.kind === 'joining') {
      this.cancelTimer = environment.after(JOINED_WITHIN, () => this.failed(notInTime()));
    }
    if (this.state.kind === 'waiting') {
      const wait = this.state.until - environment.now();
      this.cancelTimer = environment.after(wait, () => this.handle({ type: 'due' }));
    }
    this.conversation.changed(this.state);
  }

  private ask(asking: Channel, renew: boolean): void {
    this.host.tokens.get(renew).then(
      (token) => {
        if (this.state === asking) this.join(token);
      },
      (thrown: unknown) => {
        if (this.state === asking) this.failed(asLiveError(thrown));
      },
    );
  }

  private join(token: string | null): void {
    const ref = this.host.connection.nextRef();
    const config = this.conversation.config();
    this.send(ref, ref, 'phx_join', token === null ? { config } : { config, access_token: token });
    this.handle({ type: 'sent', ref });
  }

  private send(joinRef: string, ref: string, event: string, payload: Json): void {
    this.host.connection.send({ joinRef, ref, topic: this.conversation.topic, event, payload });
  }

  private failed(error: LiveError): void {
    const { environment } = this.host;
    this.handle({ type: 'failed', error, now: environment.now(), random: environment.random() });
  }

  private receive(frame: ServerFrame): void {
    if (frame.topic !== this.conversation.topic) return;
    const { state } = this;
    switch (frame.type) {
      case 'reply':
        if (state.kind === 'joining' && frame.ref === state.ref) this.answered(frame.ok, frame.response);
        break;
      case 'push':
        // Frames of an earlier join may still be under way until the reply to this one.
        if (state.kind !== 'joined' || (frame.joinRef !== null && frame.joinRef !== state.ref)) break;
        this.conversation.received(frame.event, frame.payload);
        break;
      case 'end':
        if ((state.kind === 'joined' || state.kind === 'joining') && frame.ref === state.ref) {
          this.failed(ended(frame.how));
        }
        break;
    }
  }

  private answered(ok: boolean, response: Json): void {
    if (!ok) {
      this.failed(refusal(response));
      return;
    }
    this.handle({ type: 'accepted' });
    this.conversation.joined(response);
  }
}

function notInTime(): LiveError {
  return new LiveError('network', {
    code: 'network.timeout',
    message: 'The server did not answer the join in time.',
  });
}

/** A channel is closed when its token ends, so the next join brings a new one. */
function ended(how: 'close' | 'error'): LiveError {
  return how === 'close'
    ? new LiveError('auth', { code: 'channel.closed', message: 'The server closed the channel.' })
    : new LiveError('server', { code: 'channel.error', message: 'The channel failed on the server.' });
}
