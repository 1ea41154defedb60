import { Wordmark } from '../components/wordmark';
import { OrdersSkeleton } from '../features/orders/components/orders-skeleton';
import styles from './desk.module.css';
import loading from './session-loading.module.css';

/** The desk before anybody has said anything. */
export function SessionLoading() {
  return (
    <div className={styles.desk}>
      <title>Connecting · Lockstep</title>
      <header className={styles.bar}>
        <Wordmark />
      </header>
      <main className={`${styles.main} ${loading.main}`}>
        <OrdersSkeleton />
      </main>
    </div>
  );
}
