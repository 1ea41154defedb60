import { describe, expect, it } from 'vitest';
import { backoff, CONNECTION_WAITS } from '../src/backoff.js';
import { type Channel, type ChannelEvent, expectedChannel, stepChannel } from '../src/channel-state.js';
import {
  type Connection,
  type ConnectionEvent,
  expected,
  STABLE_AFTER,
  step,
} from '../src/connection-state.js';
import { LiveError } from '../src/live-error.js';

const lostWay = new LiveError('network', { code: 'network.lost', message: 'gone' });
const stale = new LiveError('auth', { code: 'auth.expired', message: 'old' });
const wrong = new LiveError('client', { code: 'request.invalid', message: 'no such table' });

const states: Record<Connection['kind'], Connection> = {
  idle: { kind: 'idle' },
  connecting: { kind: 'connecting', attempt: 2, lostAt: 1 },
  live: { kind: 'live', attempt: 2, since: 10 },
  waiting: { kind: 'waiting', attempt: 2, lostAt: 1, until: 20 },
  closed: { kind: 'closed', error: undefined },
};
const events: Record<ConnectionEvent['type'], ConnectionEvent> = {
  start: { type: 'start', now: 30 },
  opened: { type: 'opened', now: 30 },
  lost: { type: 'lost', now: 30, random: 0 },
  due: { type: 'due' },
  wake: { type: 'wake' },
  refused: { type: 'refused', error: wrong },
  stop: { type: 'stop' },
};

describe('the connection', () => {
  for (const state of Object.values(states)) {
    for (const event of Object.values(events)) {
      const next = expected[state.kind][event.type];
      it(`goes from ${state.kind} on ${event.type} to ${next}`, () => {
        expect(step(state, event).kind).toBe(next);
      });
      if (next === state.kind && !(state.kind === 'closed' && event.type === 'start')) {
        it(`keeps the very state when nothing happens (${state.kind}, ${event.type})`, () => {
          expect(step(state, event)).toBe(state);
        });
      }
    }
  }

  it('counts a connection that did not live long as a failed attempt', () => {
    const young = step(states.live, { type: 'lost', now: 10 + STABLE_AFTER - 1, random: 0 });
    expect(young).toMatchObject({ attempt: 3 });
    const old = step(states.live, { type: 'lost', now: 10 + STABLE_AFTER, random: 0 });
    expect(old).toMatchObject({ attempt: 1, lostAt: 10 + STABLE_AFTER, until: 10 + STABLE_AFTER + 200 });
  });

  it('remembers since when it is away while it tries', () => {
    const trying = step(step(states.live, { type: 'lost', now: 9_000, random: 0 }), { type: 'due' });
    expect(trying).toMatchObject({ kind: 'connecting', lostAt: 9_000 });
    expect(step(trying, { type: 'lost', now: 12_000, random: 0 })).toMatchObject({
      lostAt: 9_000,
      attempt: 2,
    });
  });
});

describe('waits', () => {
  it('double from 0.2 s, stop growing at 4 s, and are shortened by up to half', () => {
    expect([1, 2, 3, 7, 40].map((attempt) => backoff(attempt, 0, CONNECTION_WAITS))).toEqual([
      200, 400, 800, 4_000, 4_000,
    ]);
    expect(backoff(1, 1, CONNECTION_WAITS)).toBe(100);
  });
});

const channels: Record<Channel['kind'], Channel> = {
  out: { kind: 'out' },
  asking: { kind: 'asking', attempt: 0, renew: false },
  joining: { kind: 'joining', attempt: 0, ref: '1' },
  joined: { kind: 'joined', ref: '1' },
  waiting: { kind: 'waiting', attempt: 1, until: 20, error: lostWay },
  refused: { kind: 'refused', error: wrong },
  left: { kind: 'left' },
};
const channelEvents: Record<ChannelEvent['type'], ChannelEvent> = {
  up: { type: 'up' },
  down: { type: 'down' },
  sent: { type: 'sent', ref: '1' },
  accepted: { type: 'accepted' },
  failed: { type: 'failed', error: lostWay, now: 10, random: 0 },
  due: { type: 'due' },
  retry: { type: 'retry' },
  leave: { type: 'leave' },
};

describe('a channel', () => {
  for (const state of Object.values(channels)) {
    for (const event of Object.values(channelEvents)) {
      const next = expectedChannel[state.kind][event.type];
      it(`goes from ${state.kind} on ${event.type} to ${next}`, () => {
        expect(stepChannel(state, event).kind).toBe(next);
      });
    }
  }

  it('renews its token when it was refused, and believes the third refusal', () => {
    const refuse = (state: Channel) =>
      stepChannel(stepChannel(state, { type: 'sent', ref: '1' }), {
        type: 'failed',
        error: stale,
        now: 0,
        random: 0,
      });
    const again = stepChannel(refuse(channels.asking), { type: 'due' });
    expect(again).toEqual({ kind: 'asking', attempt: 1, renew: true });
    const third = refuse(stepChannel(refuse(again), { type: 'due' }));
    expect(third).toEqual({ kind: 'refused', error: stale });
  });

  it('does not repeat what was wrong', () => {
    const next = stepChannel(channels.joining, { type: 'failed', error: wrong, now: 0, random: 0 });
    expect(next).toEqual({ kind: 'refused', error: wrong });
  });
});
