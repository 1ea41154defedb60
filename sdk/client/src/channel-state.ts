import { backoff, JOIN_WAITS } from './backoff.js';
import type { LiveError } from './live-error.js';

/**
 * One channel on the connection.
 *
 * ```
 *   out ──up──▶ asking ──sent──▶ joining ──accepted──▶ joined        down: ▶ out        leave: ▶ left
 *                 ▲                 │ failed             │ failed
 *                 └──due── waiting ◀┴────────────────────┘    or refused ──up, retry──▶ asking
 * ```
 *
 * `asking` waits for the access token; in `joining` and `joined`, `ref` is the join's.
 */
export type Channel =
  | { readonly kind: 'out' }
  | { readonly kind: 'asking'; readonly attempt: number; readonly renew: boolean }
  | { readonly kind: 'joining'; readonly attempt: number; readonly ref: string }
  | { readonly kind: 'joined'; readonly ref: string }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly until: number; readonly error: LiveError }
  | { readonly kind: 'refused'; readonly error: LiveError }
  | { readonly kind: 'left' };

export type ChannelEvent =
  | { readonly type: 'up' }
  | { readonly type: 'down' }
  | { readonly type: 'sent'; readonly ref: string }
  | { readonly type: 'accepted' }
  | { readonly type: 'failed'; readonly error: LiveError; readonly now: number; readonly random: number }
  | { readonly type: 'due' }
  | { readonly type: 'retry' }
  | { readonly type: 'leave' };

/** So often a token is renewed before a refusal of it is believed. */
const AUTH_ATTEMPTS = 3;

const OUT: Channel = { kind: 'out' };
const LEFT: Channel = { kind: 'left' };
const FIRST: Channel = { kind: 'asking', attempt: 0, renew: false };

/** Every state with every event (`failed` with a passing reason); the tests walk it. */
export const expectedChannel: Record<Channel['kind'], Record<ChannelEvent['type'], Channel['kind']>> = {
  out: row('out', { up: 'asking' }),
  asking: row('asking', { down: 'out', sent: 'joining', failed: 'waiting' }),
  joining: row('joining', { down: 'out', accepted: 'joined', failed: 'waiting' }),
  joined: row('joined', { down: 'out', failed: 'waiting' }),
  waiting: row('waiting', { down: 'out', up: 'asking', due: 'asking', retry: 'asking' }),
  refused: row('refused', { up: 'asking', retry: 'asking' }),
  left: row('left', {}),
};

function row(
  stays: Channel['kind'],
  moves: Partial<Record<ChannelEvent['type'], Channel['kind']>>,
): Record<ChannelEvent['type'], Channel['kind']> {
  return {
    up: stays,
    down: stays,
    sent: stays,
    accepted: stays,
    failed: stays,
    due: stays,
    retry: stays,
    leave: 'left',
    ...moves,
  };
}

/** The next state; the same object where nothing changes. */
export function stepChannel(state: Channel, event: ChannelEvent): Channel {
  switch (event.type) {
    case 'up':
      return state.kind === 'out' || state.kind === 'waiting' || state.kind === 'refused' ? FIRST : state;
    case 'down':
      return state.kind === 'left' || state.kind === 'refused' || state.kind === 'out' ? state : OUT;
    case 'sent':
      return state.kind === 'asking' ? { kind: 'joining', attempt: state.attempt, ref: event.ref } : state;
    case 'accepted':
      return state.kind === 'joining' ? { kind: 'joined', ref: state.ref } : state;
    case 'failed':
      return failed(state, event.error, event.now, event.random);
    case 'due':
      return state.kind === 'waiting' ? askAgain(state.attempt, state.error) : state;
    case 'retry':
      if (state.kind === 'waiting') return askAgain(state.attempt, state.error);
      return state.kind === 'refused' ? askAgain(0, state.error) : state;
    case 'leave':
      return LEFT;
  }
}

function askAgain(attempt: number, error: LiveError): Channel {
  return { kind: 'asking', attempt, renew: error.kind === 'auth' };
}

function failed(state: Channel, error: LiveError, now: number, random: number): Channel {
  if (state.kind !== 'asking' && state.kind !== 'joining' && state.kind !== 'joined') return state;
  const attempt = (state.kind === 'joined' ? 0 : state.attempt) + 1;
  const again = error.temporary || (error.kind === 'auth' && attempt < AUTH_ATTEMPTS);
  if (!again) return { kind: 'refused', error };
  return { kind: 'waiting', attempt, until: now + backoff(attempt, random, JOIN_WAITS), error };
}
