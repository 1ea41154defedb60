import { Avatar } from './avatar';
import styles from './avatar-stack.module.css';
import { Hidden } from './hidden';

export interface StackedPerson {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  /** A second line on hovering: the role, or where they are. */
  readonly note: string;
}

interface AvatarStackProps {
  readonly people: readonly StackedPerson[];
  readonly most: number;
  readonly label: string;
}

/** At most so many avatars, then "+n"; hovering or focusing one says who it is. */
export function AvatarStack({ people, most, label }: AvatarStackProps) {
  if (people.length === 0) return null;
  const shown = people.slice(0, most);
  const rest = people.slice(most);
  return (
    <ul className={styles.stack} aria-label={label}>
      {shown.map(({ key, name, colour, note }) => (
        <li key={key} className={styles.person} data-tip={`${name} · ${note}`}>
          <Avatar name={name} colour={colour} />
          <Hidden>{`${name}, ${note}`}</Hidden>
        </li>
      ))}
      {rest.length > 0 && (
        <li className={`${styles.person} ${styles.rest}`} data-tip={rest.map(({ name }) => name).join(', ')}>
          <span aria-hidden="true">+{rest.length}</span>
          <Hidden>{`and ${rest.length} more: ${rest.map(({ name }) => name).join(', ')}`}</Hidden>
        </li>
      )}
    </ul>
  );
}
