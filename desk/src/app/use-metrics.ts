import type { Metrics } from '@lockstep/client';
import { useSyncExternalStore } from 'react';
import { useLive } from '../lib/live-client';

export function useMetrics(): Metrics {
  const { client } = useLive();
  return useSyncExternalStore(
    (listener) => client.subscribeMetrics(listener),
    () => client.metrics(),
  );
}
