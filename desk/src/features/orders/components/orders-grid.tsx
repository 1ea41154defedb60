import type { LiveRows } from '@lockstep/client';
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import { ArrowUp } from 'lucide-react';
import { type RefObject, useCallback, useRef } from 'react';
import { useMedia } from '../../../lib/media';
import type { Shown } from '../../../lib/rows-view';
import { useGridKeys } from '../hooks/use-grid-keys';
import { useSteadyScroll } from '../hooks/use-steady-scroll';
import { COLUMNS } from './order-cells';
import cells from './order-cells.module.css';
import { GhostRow, OrderRow } from './order-row';
import styles from './orders-grid.module.css';

interface OrdersGridProps {
  readonly rows: LiveRows;
  readonly shown: Shown;
  /** Names the filter, so that another one begins at the top. */
  readonly question: string;
  readonly handle: RefObject<HTMLDivElement | null>;
}

const ROW = 48;
const CARD = 112;
const OVERSCAN = 10;

/** Only the rows that are seen exist; each is placed by its index. */
export function OrdersGrid({ rows, shown: { view, keys, ghosts }, question, handle }: OrdersGridProps) {
  const rowHeight = useMedia('(max-width: 719px)') ? CARD : ROW;
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const focused = useRef(0);
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count: keys.length,
    getScrollElement: () => handle.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    getItemKey: (index) => keys[index] ?? index,
    // The row that has the focus stays, so that the focus is not lost by scrolling.
    rangeExtractor: (range) => withIndex(defaultRangeExtractor(range), focused.current, range),
  });
  const scroll = useSteadyScroll(keys, virtualizer, rowHeight, question);
  const rowOf = useCallback(
    (key: string) => handle.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null,
    [handle],
  );
  const grid = useGridKeys(keys, virtualizer, rowOf);
  focused.current = grid.current === undefined ? 0 : keys.indexOf(grid.current);

  return (
    <div className={styles.frame}>
      {scroll.unseen > 0 && (
        <button type="button" className={styles.unseen} onClick={scroll.toTop}>
          <ArrowUp size={15} aria-hidden="true" />
          {scroll.unseen} new
        </button>
      )}
      <div
        ref={handle}
        role="grid"
        aria-label="Orders"
        aria-rowcount={keys.length + 1}
        aria-colcount={COLUMNS.length}
        tabIndex={-1}
        className={styles.scroller}
        onScroll={scroll.onScroll}
        onKeyDown={grid.onKeyDown}
      >
        <HeaderRow />
        <div
          role="rowgroup"
          className={`${styles.body} ${scroll.glides ? styles.gliding : ''}`}
          style={{ height: virtualizer.getTotalSize() }}
        >
          {!still &&
            ghosts.map(({ key, row, index }) => (
              <GhostRow
                key={`gone ${key}`}
                row={row}
                top={index * rowHeight}
                onGone={() => view.forget(key)}
              />
            ))}
          {virtualizer.getVirtualItems().map(({ key, index }) => (
            <OrderRow
              key={key}
              rows={rows}
              rowKey={String(key)}
              index={index}
              top={index * rowHeight}
              reachable={key === grid.current}
              onFocus={grid.focus}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

export function HeaderRow() {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: headings do nothing yet
    <div role="row" aria-rowindex={1} className={styles.header}>
      {COLUMNS.map(({ name, title }, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: headings do nothing yet
        <div
          key={name}
          role="columnheader"
          aria-colindex={index + 1}
          className={`${cells.cell} ${cells[name]}`}
        >
          {title}
        </div>
      ))}
    </div>
  );
}

function withIndex(indexes: number[], index: number, { count }: Range): number[] {
  if (index < 0 || index >= count || indexes.includes(index)) return indexes;
  return [...indexes, index].sort((a, b) => a - b);
}
