import { wholeNumber } from '../../../lib/format';
import type { StatusFilter } from '../api/order-filter';
import { meaningOf, STATUSES, wordOf } from '../api/statuses';
import type { Counts } from '../hooks/use-orders';
import styles from './status-chips.module.css';

interface StatusChipsProps {
  readonly chosen: StatusFilter;
  readonly counts: Counts;
  readonly onChoose: (status: StatusFilter) => void;
}

const CHIPS: readonly { readonly filter: StatusFilter; readonly word: string; readonly meaning: string }[] = [
  { filter: 'open', word: 'Open', meaning: 'All that somebody still has to do something about' },
  ...STATUSES.map((status) => ({ filter: status, word: wordOf(status), meaning: meaningOf(status) })),
  { filter: 'all', word: 'All', meaning: 'Every order' },
];

export function StatusChips({ chosen, counts, onChoose }: StatusChipsProps) {
  return (
    <fieldset className={styles.chips}>
      <legend className={styles.legend}>Status</legend>
      {CHIPS.map(({ filter, word, meaning }) => (
        <button
          key={filter}
          type="button"
          aria-pressed={filter === chosen}
          title={meaning}
          className={`${styles.chip} ${filter === chosen ? styles.chosen : ''}`}
          onClick={() => onChoose(filter)}
        >
          {word}
          <span className={styles.count}>{wholeNumber(counts[filter] ?? 0)}</span>
        </button>
      ))}
    </fieldset>
  );
}
