import type { RowChange } from '@lockstep/client';
import { ShoppingBag, Truck, Utensils } from 'lucide-react';
import type { ReactNode } from 'react';
import { Avatar } from '../../../components/avatar';
import { money } from '../../../lib/format';
import type { Order } from '../api/order';
import { isOpen } from '../api/statuses';
import { useTeam } from '../hooks/team';
import { DueTime } from './due-time';
import { Flash } from './flash';
import styles from './order-cells.module.css';
import { StatusPill } from './status-pill';

interface Column {
  readonly name: string;
  readonly title: string;
  /** The columns of the table that it shows. */
  readonly of: readonly string[];
  readonly show: (order: Order) => ReactNode;
}

/** The columns of the grid, in order; `order-cells.module.css` says how wide they are and which need a wide screen. */
export const COLUMNS: readonly Column[] = [
  {
    name: 'number',
    title: 'Order',
    of: ['readable_id'],
    show: ({ readableId }) => <>#{readableId.replace(/^#/, '')}</>,
  },
  { name: 'customer', title: 'Customer', of: ['customer_name'], show: ({ customer }) => customer },
  { name: 'status', title: 'Status', of: ['status'], show: ({ status }) => <StatusPill status={status} /> },
  {
    name: 'due',
    title: 'Due',
    of: ['due_at'],
    show: ({ dueAt, status }) => <DueTime at={dueAt} done={!isOpen(status)} />,
  },
  {
    name: 'delivery',
    title: 'Delivery',
    of: ['delivery_type'],
    show: ({ delivery }) => <Delivery type={delivery} />,
  },
  {
    name: 'assignee',
    title: 'Assigned to',
    of: ['assigned_to'],
    show: ({ assignedTo }) => <Assignee id={assignedTo} />,
  },
  { name: 'phone', title: 'Phone', of: ['customer_phone'], show: ({ phone }) => phone },
  { name: 'notes', title: 'Notes', of: ['notes'], show: ({ notes }) => <span title={notes}>{notes}</span> },
  { name: 'total', title: 'Total', of: ['total', 'currency'], show: (order) => <Total order={order} /> },
];

interface OrderCellsProps {
  readonly order: Order;
  readonly change: RowChange | null;
}

export function OrderCells({ order, change }: OrderCellsProps) {
  return COLUMNS.map(({ name, of, show }, index) => (
    // biome-ignore lint/a11y/useFocusableInteractive: the row is what takes the focus in this grid
    <div key={name} role="gridcell" aria-colindex={index + 1} className={`${styles.cell} ${styles[name]}`}>
      <Flash change={change} columns={of} />
      <span className={styles.value}>{show(order)}</span>
    </div>
  ));
}

const DELIVERY = {
  delivery: { icon: Truck, word: 'Delivery' },
  pickup: { icon: ShoppingBag, word: 'Pick-up' },
  dine_in: { icon: Utensils, word: 'Dine in' },
} as const;

function isDelivery(type: string): type is keyof typeof DELIVERY {
  return Object.hasOwn(DELIVERY, type);
}

function Delivery({ type }: { readonly type: string }) {
  if (!isDelivery(type)) return <span className={styles.soft}>{type.replaceAll('_', ' ')}</span>;
  const { icon: Icon, word } = DELIVERY[type];
  return (
    <span className={`${styles.with} ${styles.soft}`}>
      <Icon size={15} strokeWidth={1.75} aria-hidden="true" />
      {word}
    </span>
  );
}

function Assignee({ id }: { readonly id: string | null }) {
  const colleague = useTeam().get(id ?? '');
  if (colleague === undefined)
    return <span className={styles.faint}>{id === null ? 'Nobody yet' : 'Somebody else'}</span>;
  return (
    <span className={styles.with}>
      <Avatar name={colleague.name} colour={colleague.colour} size="small" />
      <span className={styles.cut}>{colleague.name}</span>
    </span>
  );
}

function Total({ order: { total, currency } }: { readonly order: Order }) {
  return total === null ? <span className={styles.faint}>–</span> : money(total, currency);
}
