import { X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { IconButton } from './button';
import styles from './dialog.module.css';

interface DialogProps {
  readonly handle: RefObject<HTMLDialogElement | null>;
  readonly title: string;
  readonly children: ReactNode;
}

/** A modal dialog of the browser's own: `handle.current.showModal()` opens it, Esc and the button close it. */
export function Dialog({ handle, title, children }: DialogProps) {
  return (
    <dialog ref={handle} className={styles.dialog} aria-label={title} closedby="any">
      <div className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        <IconButton label="Close" onClick={() => handle.current?.close()}>
          <X size={18} aria-hidden="true" />
        </IconButton>
      </div>
      {children}
    </dialog>
  );
}
