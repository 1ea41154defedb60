import { CloudOff } from 'lucide-react';
import { Button } from '../components/button';
import type { Health } from '../components/health';
import { clockTime } from '../lib/format';
import { useLive } from '../lib/live-client';
import styles from './offline-bar.module.css';

/** What still works without the server, and that the rest comes back by itself. */
export function OfflineBar({ health }: { readonly health: Health }) {
  const { client } = useLive();
  if (health.kind !== 'offline') return null;
  return (
    <div className={styles.bar} role="alert">
      <CloudOff size={18} className={styles.icon} aria-hidden="true" />
      <p className={styles.words}>
        <strong>
          {health.since === null ? 'Disconnected.' : `No connection since ${clockTime(health.since)}.`}
        </strong>{' '}
        What was loaded until then can still be read, searched and filtered. Everything missed arrives by
        itself when the server is back.
      </p>
      <Button onClick={() => client.connect()}>Try now</Button>
    </div>
  );
}
