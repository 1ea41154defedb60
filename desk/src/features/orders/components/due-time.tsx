import { useNow } from '../../../lib/clock';
import { humaneTime, lateText, wholeTime } from '../../../lib/format';
import styles from './due-time.module.css';

interface DueTimeProps {
  readonly at: number | null;
  /** Nobody has to hurry any more. */
  readonly done: boolean;
}

const SOON = 30 * 60_000;

export function DueTime({ at, done }: DueTimeProps) {
  const now = useNow();
  if (at === null) return <span className={styles.none}>No time set</span>;
  const late = !done && at < now;
  const soon = !done && !late && at - now < SOON;
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={`Due ${wholeTime(at)}`}
      className={`${styles.due} ${late ? styles.late : ''} ${soon ? styles.soon : ''}`}
    >
      {late ? lateText(at, now) : humaneTime(at, now)}
    </time>
  );
}
