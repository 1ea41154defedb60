import { useQuery } from '@tanstack/react-query';
import { ChevronRight, Users } from 'lucide-react';
import { Avatar } from '../../../components/avatar';
import { Failure } from '../../../components/failure';
import { Notice } from '../../../components/notice';
import { Wordmark } from '../../../components/wordmark';
import { type Person, peopleQuery } from '../api/people';
import styles from './person-picker.module.css';
import { PickerFailure } from './picker-failure';

interface PersonPickerProps {
  readonly onChoose: (person: string) => void;
}

/** The first thing in the demo: for whom does this tab speak? */
export function PersonPicker({ onChoose }: PersonPickerProps) {
  return (
    <main className={styles.page}>
      <title>Who are you? · Lockstep</title>
      <div className={styles.panel}>
        <Wordmark />
        <div className={styles.words}>
          <h1 className={styles.title}>Who are you today?</h1>
          <p className={styles.lead}>
            Pick somebody. Open a second window as somebody else, and watch both keep step: everybody sees
            what they may see, and nothing else.
          </p>
        </div>
        <People onChoose={onChoose} />
      </div>
    </main>
  );
}

function People({ onChoose }: PersonPickerProps) {
  const people = useQuery(peopleQuery);
  if (people.isPending) return <Loading />;
  if (people.isError) {
    return (
      <PickerFailure error={people.error}>
        {(words) => (
          <Failure
            what="The people could not be loaded"
            error={people.error}
            onRetry={() => people.refetch()}
          >
            {words}
          </Failure>
        )}
      </PickerFailure>
    );
  }
  if (people.data.length === 0) {
    return (
      <Notice icon={Users} title="Nobody is here yet">
        <p>
          This server was started without demo data. Start it without “--empty” to get a shop with people.
        </p>
      </Notice>
    );
  }
  return (
    <>
      {byTenant(people.data).map(([tenant, theirs]) => (
        <section key={tenant} className={styles.tenant} aria-labelledby={`tenant-${tenant}`}>
          <h2 id={`tenant-${tenant}`} className={styles.tenantName}>
            {theirs[0]?.tenantName}
          </h2>
          <ul className={styles.people}>
            {theirs.map((person) => (
              <li key={person.id}>
                <PersonButton person={person} onChoose={onChoose} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function byTenant(people: readonly Person[]): [string, Person[]][] {
  const tenants = new Map<string, Person[]>();
  for (const person of people) {
    tenants.set(person.tenant, [...(tenants.get(person.tenant) ?? []), person]);
  }
  return [...tenants];
}

function PersonButton({ person, onChoose }: PersonPickerProps & { readonly person: Person }) {
  return (
    <button type="button" className={styles.person} onClick={() => onChoose(person.id)}>
      <Avatar name={person.name} colour={person.colour} size="large" />
      <span className={styles.who}>
        <span className={styles.name}>{person.name}</span>
        <span className={styles.role}>{person.role}</span>
      </span>
      <ChevronRight size={18} className={styles.arrow} aria-hidden="true" />
    </button>
  );
}

function Loading() {
  return (
    <ul className={styles.people} aria-busy="true" aria-label="Loading the people">
      {['one', 'two', 'three', 'four'].map((place) => (
        <li key={place} className={`${styles.person} ${styles.waiting}`} />
      ))}
    </ul>
  );
}
