import { useUrlState } from '../../../lib/url-state';
import { type OrderSort, readSort, readStatusFilter, type StatusFilter } from '../api/order-filter';

/** What is shown and in which order; it lives in the URL. */
export interface Filters {
  readonly status: StatusFilter;
  readonly search: string;
  readonly sort: OrderSort;
  setStatus(status: StatusFilter): void;
  setSearch(search: string): void;
  setSort(sort: OrderSort): void;
}

export function useFilters(): Filters {
  const [status, setStatus] = useUrlState('status');
  const [search, setSearch] = useUrlState('q');
  const [sort, setSort] = useUrlState('sort');
  return {
    status: readStatusFilter(status),
    search,
    sort: readSort(sort),
    setStatus: (next) => setStatus(next === 'open' ? '' : next),
    setSearch,
    setSort: (next) => setSort(next === 'due' ? '' : next),
  };
}
