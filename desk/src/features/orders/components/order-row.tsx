import type { LiveRows, Row } from '@lockstep/client';
import { type CSSProperties, memo, useState, useSyncExternalStore } from 'react';
import { orderOf } from '../api/order';
import { isOpen } from '../api/statuses';
import { OrderCells } from './order-cells';
import styles from './order-row.module.css';

interface OrderRowProps {
  readonly rows: LiveRows;
  readonly rowKey: string;
  readonly index: number;
  readonly top: number;
  readonly reachable: boolean;
  readonly onFocus: (key: string) => void;
}

/** A row that came in this recently is shown coming in. */
const FRESH = 1_000;

/** Hears of its own row alone, so that a change of one row renders one row. */
export const OrderRow = memo(function OrderRow({
  rows,
  rowKey,
  index,
  top,
  reachable,
  onFocus,
}: OrderRowProps) {
  const entry = useSyncExternalStore(
    (listener) => rows.subscribeRow(rowKey, listener),
    () => rows.entry(rowKey),
  );
  const [entering] = useState(() => {
    const change = entry?.change;
    return change?.kind === 'entered' && Date.now() - change.appliedAt < FRESH;
  });
  if (entry === undefined) return null;
  const order = orderOf(entry.row);
  const classes = [styles.row, entering ? styles.entering : '', isOpen(order.status) ? '' : styles.closed];
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      tabIndex={reachable ? 0 : -1}
      data-key={rowKey}
      className={classes.join(' ')}
      style={placed(top)}
      onFocus={() => onFocus(rowKey)}
    >
      <OrderCells order={order} change={entry.change} />
    </div>
  );
});

interface GhostRowProps {
  readonly row: Row;
  readonly top: number;
  readonly onGone: () => void;
}

/** What has just gone from the list, for as long as it takes to fade. */
export function GhostRow({ row, top, onGone }: GhostRowProps) {
  return (
    <div
      className={`${styles.row} ${styles.ghost}`}
      style={placed(top)}
      aria-hidden="true"
      onAnimationEnd={(event) => {
        if (event.target === event.currentTarget) onGone();
      }}
    >
      <OrderCells order={orderOf(row)} change={null} />
    </div>
  );
}

function placed(top: number): CSSProperties {
  return { transform: `translateY(${top}px)` };
}
