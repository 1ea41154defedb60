import type { CSSProperties } from 'react';
import styles from './avatar.module.css';
import { initials, inkOn } from './person-colour';

interface AvatarProps {
  readonly name: string;
  readonly colour: string;
  readonly size?: 'small' | 'medium' | 'large';
}

/** A person's initials on their colour; the name is said by what stands beside it. */
export function Avatar({ name, colour, size = 'medium' }: AvatarProps) {
  const style = { '--person': colour, '--person-ink': inkOn(colour) } as CSSProperties;
  return (
    <span className={`${styles.avatar} ${styles[size]}`} style={style} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
