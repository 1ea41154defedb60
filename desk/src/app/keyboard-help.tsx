import type { RefObject } from 'react';
import { Dialog } from '../components/dialog';
import styles from './keyboard-help.module.css';

const KEYS = [
  { keys: ['/'], does: 'Search' },
  { keys: ['↑', '↓'], does: 'Move from order to order' },
  { keys: ['Page ↑', 'Page ↓'], does: 'Ten orders at once' },
  { keys: ['Home', 'End'], does: 'First, last order' },
  { keys: ['Esc'], does: 'Empty the search, then leave it' },
  { keys: ['?'], does: 'This list' },
];

export function KeyboardHelp({ handle }: { readonly handle: RefObject<HTMLDialogElement | null> }) {
  return (
    <Dialog handle={handle} title="Keyboard shortcuts">
      <dl className={styles.keys}>
        {KEYS.map(({ keys, does }) => (
          <div key={does} className={styles.line}>
            <dt>{does}</dt>
            <dd className={styles.combination}>
              {keys.map((key) => (
                <kbd key={key} className={styles.key}>
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
