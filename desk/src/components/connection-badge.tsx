import { LoaderCircle, Wifi, WifiOff } from 'lucide-react';
import { delayText, wholeNumber } from '../lib/format';
import styles from './connection-badge.module.css';
import type { Health } from './health';

interface ConnectionBadgeProps {
  readonly health: Health;
  readonly updates: number;
  readonly delay: number | null;
  /** The id of the popover that says more. */
  readonly details: string;
}

const ICONS = { live: Wifi, connecting: LoaderCircle, reconnecting: LoaderCircle, offline: WifiOff };

/** Whether what is shown is true at this moment, and how fast it gets here. */
export function ConnectionBadge({ health, updates, delay, details }: ConnectionBadgeProps) {
  const Icon = ICONS[health.kind];
  return (
    <button type="button" className={`${styles.badge} ${styles[health.kind]}`} popoverTarget={details}>
      <Icon size={16} strokeWidth={2.25} className={styles.icon} aria-hidden="true" />
      <span>{health.text}</span>
      {health.kind === 'live' && (
        <span className={styles.figures}>
          <span key={updates} className={styles.count}>
            {wholeNumber(updates)} {updates === 1 ? 'update' : 'updates'}
          </span>
          {delay !== null && <span>{delayText(delay)}</span>}
        </span>
      )}
    </button>
  );
}
