import { backoff, CONNECTION_WAITS } from './backoff.js';
import type { LiveError } from './live-error.js';

/**
 * The connection to the server.
 *
 * ```
 *            start               opened
 *   idle ──────────▶ connecting ────────▶ live
 *                     ▲  │ lost             │ lost
 *          due, wake  │  ▼                  │
 *                    waiting ◀──────────────┘        stop, refused: ▶ closed ──start──▶ connecting
 * ```
 *
 * `lostAt` is when the connection was last live, or when the first attempt began.
 */
export type Connection =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly attempt: number; readonly lostAt: number }
  | { readonly kind: 'live'; readonly attempt: number; readonly since: number }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly lostAt: number; readonly until: number }
  | { readonly kind: 'closed'; readonly error: LiveError | undefined };

export type ConnectionEvent =
  | { readonly type: 'start'; readonly now: number }
  | { readonly type: 'opened'; readonly now: number }
  | { readonly type: 'lost'; readonly now: number; readonly random: number }
  | { readonly type: 'due' }
  | { readonly type: 'wake' }
  | { readonly type: 'refused'; readonly error: LiveError }
  | { readonly type: 'stop' };

/** A connection that did not live for so long counts as a failed attempt, so that flapping slows down. */
export const STABLE_AFTER = 5_000;

/** Every state with every event; the tests walk it. */
export const expected: Record<Connection['kind'], Record<ConnectionEvent['type'], Connection['kind']>> = {
  idle: {
    start: 'connecting',
    opened: 'idle',
    lost: 'idle',
    due: 'idle',
    wake: 'idle',
    refused: 'closed',
    stop: 'closed',
  },
  connecting: {
    start: 'connecting',
    opened: 'live',
    lost: 'waiting',
    due: 'connecting',
    wake: 'connecting',
    refused: 'closed',
    stop: 'closed',
  },
  live: {
    start: 'live',
    opened: 'live',
    lost: 'waiting',
    due: 'live',
    wake: 'live',
    refused: 'closed',
    stop: 'closed',
  },
  waiting: {
    start: 'connecting',
    opened: 'waiting',
    lost: 'waiting',
    due: 'connecting',
    wake: 'connecting',
    refused: 'closed',
    stop: 'closed',
  },
  closed: {
    start: 'connecting',
    opened: 'closed',
    lost: 'closed',
    due: 'closed',
    wake: 'closed',
    refused: 'closed',
    stop: 'closed',
  },
};

/** The next state; the same object where nothing changes. */
export function step(state: Connection, event: ConnectionEvent): Connection {
  switch (event.type) {
    case 'start':
      return started(state, event.now);
    case 'opened':
      return state.kind === 'connecting' ? { kind: 'live', attempt: state.attempt, since: event.now } : state;
    case 'lost':
      return lost(state, event.now, event.random);
    case 'due':
    case 'wake':
      return state.kind === 'waiting'
        ? { kind: 'connecting', attempt: state.attempt, lostAt: state.lostAt }
        : state;
    case 'refused':
      return state.kind === 'closed' ? state : { kind: 'closed', error: event.error };
    case 'stop':
      return state.kind === 'closed' ? state : { kind: 'closed', error: undefined };
  }
}

function started(state: Connection, now: number): Connection {
  switch (state.kind) {
    case 'idle':
    case 'closed':
      return { kind: 'connecting', attempt: 0, lostAt: now };
    case 'waiting':
      return { kind: 'connecting', attempt: state.attempt, lostAt: state.lostAt };
    case 'connecting':
    case 'live':
      return state;
  }
}

function lost(state: Connection, now: number, random: number): Connection {
  switch (state.kind) {
    case 'connecting':
      return waiting(state.attempt + 1, state.lostAt, now, random);
    case 'live':
      return waiting(now - state.since < STABLE_AFTER ? state.attempt + 1 : 1, now, now, random);
    case 'idle':
    case 'waiting':
    case 'closed':
      return state;
  }
}

function waiting(attempt: number, lostAt: number, now: number, random: number): Connection {
  return { kind: 'waiting', attempt, lostAt, until: now + backoff(attempt, random, CONNECTION_WAITS) };
}
