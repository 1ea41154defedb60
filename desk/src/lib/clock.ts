import { useSyncExternalStore } from 'react';

/** Times on the screen are as true as this, in milliseconds. */
const EVERY = 15_000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick(): void {
  now = Date.now();
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    now = Date.now();
    timer = setInterval(tick, EVERY);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** The time, in steps; one timer for all who watch it. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
