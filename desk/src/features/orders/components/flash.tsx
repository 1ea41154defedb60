import type { RowChange } from '@lockstep/client';
import { useState } from 'react';
import styles from './flash.module.css';

interface FlashProps {
  readonly change: RowChange | null;
  /** The columns that this cell shows. */
  readonly columns: readonly string[];
}

/** A tint over a cell that fades after its value changed; none for what changed before the cell was there. */
export function Flash({ change, columns }: FlashProps) {
  const number =
    change?.kind === 'updated' && change.columns.some((it) => columns.includes(it)) ? change.number : 0;
  const [atFirst] = useState(number);
  const [last, setLast] = useState(number);
  if (number > last) setLast(number);
  return last > atFirst ? <span key={last} className={styles.flash} aria-hidden="true" /> : null;
}
