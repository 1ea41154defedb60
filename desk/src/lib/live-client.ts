import type { LockstepClient } from '@lockstep/client';
import { createContext, use } from 'react';

/** The connection of whoever is signed in, and who that is. */
export interface Live {
  readonly client: LockstepClient;
  /** Tells one person's data in the cache from another's. */
  readonly owner: string;
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = use(LiveContext);
  if (live === null) throw new Error('useLive needs a LiveContext above it');
  return live;
}
