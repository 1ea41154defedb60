import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleDot,
  Hammer,
  type LucideIcon,
  PackageCheck,
  Scissors,
  Truck,
} from 'lucide-react';
import { isStatus, meaningOf, type Status, wordOf } from '../api/statuses';
import styles from './status-pill.module.css';

const ICONS: Record<Status, LucideIcon> = {
  pending: CircleDashed,
  confirmed: CircleDot,
  preparing: Scissors,
  in_progress: Hammer,
  ready: PackageCheck,
  delivered: Truck,
  completed: CircleCheck,
  cancelled: Ban,
};

/** A status by colour, sign and word, so that none of them is needed alone. */
export function StatusPill({ status }: { readonly status: string }) {
  const Icon = isStatus(status) ? ICONS[status] : CircleDashed;
  return (
    <span className={`${styles.pill} ${styles[status] ?? ''}`} title={meaningOf(status)}>
      <Icon size={14} strokeWidth={2} aria-hidden="true" />
      {wordOf(status)}
    </span>
  );
}
