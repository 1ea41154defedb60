import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './notice.module.css';

interface NoticeProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
  readonly urgent?: boolean;
}

/** What a place says when it has nothing else to show: empty, failed, offline. */
export function Notice({ icon: Icon, title, children, action, urgent = false }: NoticeProps) {
  return (
    <div className={styles.notice} role={urgent ? 'alert' : 'status'}>
      <span className={`${styles.mark} ${urgent ? styles.urgent : ''}`}>
        <Icon size={22} strokeWidth={1.75} aria-hidden="true" />
      </span>
      <h2 className={styles.title}>{title}</h2>
      <div className={styles.text}>{children}</div>
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  );
}
