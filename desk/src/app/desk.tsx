import { useMemo } from 'react';
import { OrdersWorkspace } from '../features/orders/components/orders-workspace';
import { TeamContext } from '../features/orders/hooks/team';
import type { Person } from '../features/people/api/people';
import styles from './desk.module.css';
import { OfflineBar } from './offline-bar';
import { TopBar } from './top-bar';
import { useHealth } from './use-health';

interface DeskProps {
  readonly me: Person;
  readonly people: readonly Person[];
  readonly onLeave: () => void;
}

/** The application around its workspaces. */
export function Desk({ me, people, onLeave }: DeskProps) {
  const health = useHealth();
  const team = useMemo(() => new Map(people.map((person) => [person.id, person])), [people]);
  const title = health.kind === 'live' ? 'Orders · Lockstep' : `${health.text} · Orders · Lockstep`;
  return (
    <TeamContext value={team}>
      <div className={styles.desk}>
        <title>{title}</title>
        <TopBar me={me} health={health} onLeave={onLeave} />
        <OfflineBar health={health} />
        <main className={styles.main}>
          <OrdersWorkspace tenant={me.tenant} />
        </main>
      </div>
    </TeamContext>
  );
}
