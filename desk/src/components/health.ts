import type { Connection } from '@lockstep/client';
import { clockTime } from '../lib/format';

/** The connection as people see it. */
export interface Health {
  readonly kind: 'live' | 'connecting' | 'reconnecting' | 'offline';
  readonly text: string;
  /** Since when nothing arrives; null when all is well. */
  readonly since: number | null;
}

/** So long a lost connection is only being made again; later it is offline. */
export const OFFLINE_AFTER = 10_000;

/**
 * @param loaded something was shown already, so that there is something to come back to
 * @param network what the browser knows about the network
 */
export function healthOf(connection: Connection, now: number, network: boolean, loaded: boolean): Health {
  switch (connection.kind) {
    case 'live':
      return { kind: 'live', text: 'Live', since: null };
    case 'idle':
      return { kind: 'connecting', text: 'Connecting', since: null };
    case 'closed':
      return { kind: 'offline', text: 'Offline', since: null };
    case 'connecting':
    case 'waiting': {
      const { lostAt } = connection;
      if (!network || now - lostAt >= OFFLINE_AFTER) {
        return { kind: 'offline', text: `Offline since ${clockTime(lostAt)}`, since: lostAt };
      }
      if (!loaded && connection.attempt === 0) return { kind: 'connecting', text: 'Connecting', since: null };
      return { kind: 'reconnecting', text: 'Reconnecting', since: lostAt };
    }
  }
}
