import type { LiveRows } from '@lockstep/client';
import type { RefObject } from 'react';
import { SearchField } from '../../../components/search-field';
import { wholeNumber } from '../../../lib/format';
import type { Filters } from '../hooks/use-filters';
import { useStatusCounts } from '../hooks/use-orders';
import styles from './orders-toolbar.module.css';
import { SortSwitch } from './sort-switch';
import { StatusChips } from './status-chips';

interface OrdersToolbarProps {
  readonly rows: LiveRows;
  readonly filters: Filters;
  readonly shown: number;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onLeaveSearch: () => void;
}

export function OrdersToolbar({ rows, filters, shown, search, onLeaveSearch }: OrdersToolbarProps) {
  const counts = useStatusCounts(rows);
  return (
    <div className={styles.toolbar}>
      <StatusChips chosen={filters.status} counts={counts} onChoose={filters.setStatus} />
      <div className={styles.tools}>
        <div className={styles.search}>
          <SearchField
            label="Search orders"
            value={filters.search}
            onChange={filters.setSearch}
            handle={search}
            onLeave={onLeaveSearch}
          />
        </div>
        <p className={styles.count}>{countText(shown, rows.total())}</p>
        <SortSwitch chosen={filters.sort} onChoose={filters.setSort} />
      </div>
    </div>
  );
}

function countText(shown: number, total: number): string {
  return `${wholeNumber(shown)} of ${wholeNumber(total)} ${total === 1 ? 'order' : 'orders'}`;
}
