import { ArrowDownWideNarrow, CalendarClock } from 'lucide-react';
import type { OrderSort } from '../api/order-filter';
import styles from './sort-switch.module.css';

interface SortSwitchProps {
  readonly chosen: OrderSort;
  readonly onChoose: (sort: OrderSort) => void;
}

const SORTS = [
  { sort: 'due', word: 'Soonest due', icon: CalendarClock },
  { sort: 'newest', word: 'Newest', icon: ArrowDownWideNarrow },
] as const;

export function SortSwitch({ chosen, onChoose }: SortSwitchProps) {
  return (
    <fieldset className={styles.switch}>
      <legend className={styles.legend}>Order of the list</legend>
      {SORTS.map(({ sort, word, icon: Icon }) => (
        <button
          key={sort}
          type="button"
          title={word}
          aria-pressed={sort === chosen}
          className={`${styles.option} ${sort === chosen ? styles.chosen : ''}`}
          onClick={() => onChoose(sort)}
        >
          <Icon size={15} aria-hidden="true" />
          <span className={styles.word}>{word}</span>
        </button>
      ))}
    </fieldset>
  );
}
