import type { Row } from '@lockstep/client';

export interface Order {
  readonly readableId: string;
  readonly customer: string;
  readonly phone: string;
  readonly status: string;
  readonly priority: string;
  readonly delivery: string;
  readonly dueAt: number | null;
  readonly createdAt: number | null;
  readonly assignedTo: string | null;
  readonly total: number | null;
  readonly currency: string;
  readonly notes: string;
}

const known = new WeakMap<Row, Order>();

/** A row of the table `orders`; read once for each version of the row. */
export function orderOf(row: Row): Order {
  const found = known.get(row);
  if (found !== undefined) return found;
  const order = read(row);
  known.set(row, order);
  return order;
}

function read(row: Row): Order {
  return {
    readableId: text(row.readable_id),
    customer: text(row.customer_name),
    phone: text(row.customer_phone),
    status: text(row.status),
    priority: text(row.priority),
    delivery: text(row.delivery_type),
    dueAt: time(row.due_at),
    createdAt: time(row.created_at),
    assignedTo: typeof row.assigned_to === 'string' ? row.assigned_to : null,
    total: typeof row.total === 'number' ? row.total : null,
    currency: text(row.currency),
    notes: text(row.notes),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** PostgreSQL writes six digits of a second; `Date.parse` takes them. */
function time(value: unknown): number | null {
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}
