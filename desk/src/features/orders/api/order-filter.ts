import type { Row } from '@lockstep/client';
import { finds, folded } from '../../../lib/search';
import { type Order, orderOf } from './order';
import { isOpen, isStatus, type Status, wordOf } from './statuses';

/** What the chips offer. */
export type StatusFilter = 'open' | 'all' | Status;
export type OrderSort = 'due' | 'newest';

/** From the URL; open orders unless it says otherwise. */
export function readStatusFilter(text: string): StatusFilter {
  return text === 'all' || isStatus(text) ? text : 'open';
}

export function readSort(text: string): OrderSort {
  return text === 'newest' ? 'newest' : 'due';
}

export function keepsStatus(filter: StatusFilter, status: string): boolean {
  if (filter === 'all') return true;
  return filter === 'open' ? isOpen(status) : filter === status;
}

const haystacks = new WeakMap<Order, string>();

/** All of the order itself that a search looks at. */
function haystackOf(order: Order): string {
  const known = haystacks.get(order);
  if (known !== undefined) return known;
  const { readableId, customer, phone, notes, delivery, status } = order;
  const text = folded([readableId, customer, phone, notes, delivery, wordOf(status)].join(' '));
  haystacks.set(order, text);
  return text;
}

/** Whether a row is shown. */
export function orderFilter(
  filter: StatusFilter,
  search: string,
  nameOf: (person: string | null) => string,
): (row: Row) => boolean {
  const query = folded(search.trim());
  return (row) => {
    const order = orderOf(row);
    if (!keepsStatus(filter, order.status)) return false;
    return query === '' || finds(query, `${haystackOf(order)} ${folded(nameOf(order.assignedTo))}`);
  };
}

/** The newest first. The rows' own order is the soonest due. */
export function newestFirst(a: Row, b: Row): number {
  return (orderOf(b).createdAt ?? 0) - (orderOf(a).createdAt ?? 0);
}
