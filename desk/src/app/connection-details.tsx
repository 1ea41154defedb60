import type { Health } from '../components/health';
import { clockTime, delayText, wholeNumber } from '../lib/format';
import styles from './connection-details.module.css';
import { useMetrics } from './use-metrics';

interface ConnectionDetailsProps {
  readonly id: string;
  readonly health: Health;
}

/** What is behind the word Live. */
export function ConnectionDetails({ id, health }: ConnectionDetailsProps) {
  const { updates, delay, roundTrip, lastUpdateAt } = useMetrics();
  const facts = [
    { name: 'Connection', value: health.text },
    { name: 'Updates since you came', value: wholeNumber(updates) },
    { name: 'Last update', value: lastUpdateAt === null ? 'none yet' : clockTime(lastUpdateAt) },
    { name: 'From commit to here', value: delay === null ? 'not measured yet' : delayText(delay) },
    { name: 'Round trip', value: roundTrip === null ? 'not measured yet' : delayText(roundTrip) },
  ];
  return (
    <div id={id} popover="auto" className={styles.details}>
      <dl className={styles.facts}>
        {facts.map(({ name, value }) => (
          <div key={name} className={styles.fact}>
            <dt className={styles.name}>{name}</dt>
            <dd className={styles.value}>{value}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.note}>
        The delay is the median of the last 20 updates, by the clocks of both ends.
      </p>
    </div>
  );
}
