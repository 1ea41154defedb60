import { useIsFetching } from '@tanstack/react-query';
import { CloudOff } from 'lucide-react';
import { Button } from '../components/button';
import type { Health } from '../components/health';
import { clockTime } from '../lib/format';
import { useLive } from '../lib/live-client';
import styles from './offline-bar.module.css';

const STILL_WORKS =
  'What was loaded until then can still be read, searched and filtered. Everything missed arrives by itself when the server is back.';
const NOTHING_YET = 'Nothing could be loaded yet. It appears by itself when the server is back.';

/** What still works without the server, and that the rest comes back by itself. */
export function OfflineBar({ health }: { readonly health: Health }) {
  const { client } = useLive();
  const loading = useIsFetching({ queryKey: ['live'] }) > 0;
  if (health.kind !== 'offline') return null;
  return (
    <div className={styles.bar} role="alert">
      <CloudOff size={18} className={styles.icon} aria-hidden="true" />
      <p className={styles.words}>
        <strong>
          {health.since === null ? 'Disconnected.' : `No connection since ${clockTime(health.since)}.`}
        </strong>{' '}
        {loading ? NOTHING_YET : STILL_WORKS}
      </p>
      <Button onClick={() => client.connect()}>Try now</Button>
    </div>
  );
}
