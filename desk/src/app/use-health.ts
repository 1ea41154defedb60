import { useSyncExternalStore } from 'react';
import { type Health, healthOf } from '../components/health';
import { useNow } from '../lib/clock';
import { useLive } from '../lib/live-client';

/** The state of the connection, which also grows old by itself: reconnecting becomes offline. */
export function useHealth(): Health {
  const { client } = useLive();
  const connection = useSyncExternalStore(
    (listener) => client.subscribe(listener),
    () => client.connection(),
  );
  const network = useSyncExternalStore(subscribeNetwork, () => navigator.onLine);
  const loaded = useSyncExternalStore(
    (listener) => client.subscribe(listener),
    () => client.wasLive(),
  );
  useNow();
  return healthOf(connection, Date.now(), network, loaded);
}

function subscribeNetwork(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}
