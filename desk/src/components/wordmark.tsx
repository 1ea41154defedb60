import styles from './wordmark.module.css';

export function Wordmark() {
  return (
    <span className={styles.wordmark}>
      <svg viewBox="0 0 32 32" className={styles.mark} aria-hidden="true">
        <rect width="32" height="32" rx="8" className={styles.ground} />
        <path d="M9 8v12a3 3 0 0 0 3 3h5" className={styles.first} />
        <path d="M15 8v6a3 3 0 0 0 3 3h5" className={styles.second} />
      </svg>
      <span className={styles.name}>Lockstep</span>
    </span>
  );
}
