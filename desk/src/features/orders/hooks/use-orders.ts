import type { Feed, LiveRows } from '@lockstep/client';
import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLiveRows } from '../../../lib/live-query';
import { type Shape, type Shown, useDerived, useRowsView } from '../../../lib/rows-view';
import { orderOf } from '../api/order';
import { newestFirst, type OrderSort, orderFilter, type StatusFilter } from '../api/order-filter';
import { isOpen } from '../api/statuses';
import { useTeam } from './team';

const ORDER = 'due_at.asc.nullslast,id.asc';

/** All orders of a tenant, kept true. */
export function useOrders(tenant: string): UseQueryResult<Feed> {
  return useLiveRows({
    table: 'orders',
    where: `tenant_id=eq.${tenant}`,
    order: ORDER,
    limit: 5_000,
    total: true,
  });
}

/** Those of them that are shown. */
export function useShownOrders(rows: LiveRows, filter: StatusFilter, search: string, sort: OrderSort): Shown {
  const team = useTeam();
  const shape = useMemo<Shape>(
    () => ({
      keep: orderFilter(filter, search, (person) => (person === null ? '' : (team.get(person)?.name ?? ''))),
      compare: sort === 'newest' ? newestFirst : undefined,
    }),
    [filter, search, sort, team],
  );
  return useRowsView(rows, shape);
}

export type Counts = Readonly<Record<string, number>>;

function countStatuses(rows: LiveRows): Counts {
  const counts: Record<string, number> = { all: 0, open: 0 };
  const add = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const key of rows.keys()) {
    const row = rows.row(key);
    if (row === undefined) continue;
    const { status } = orderOf(row);
    add('all');
    add(status);
    if (isOpen(status)) add('open');
  }
  return counts;
}

/** How many orders each chip stands for. */
export function useStatusCounts(rows: LiveRows): Counts {
  return useDerived(rows, countStatuses);
}
