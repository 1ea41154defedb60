import { useSyncExternalStore } from 'react';

const NAME = 'lockstep.person';
const listeners = new Set<() => void>();

function choose(person: string | null): void {
  if (person === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, person);
  for (const listener of [...listeners]) listener();
}

/** Who this tab speaks for; each tab may speak for another. */
export function useChosenPerson(): readonly [string | null, (person: string | null) => void] {
  const person = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => sessionStorage.getItem(NAME),
  );
  return [person, choose];
}
