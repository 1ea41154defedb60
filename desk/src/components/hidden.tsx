import type { HTMLAttributes } from 'react';
import styles from './hidden.module.css';

/** For screen readers alone. */
export function Hidden(props: HTMLAttributes<HTMLSpanElement>) {
  return <span className={styles.hidden} {...props} />;
}
