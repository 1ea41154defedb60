import { asLiveError } from '@lockstep/client';
import { RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button';
import styles from './failure.module.css';
import { Notice } from './notice';

interface FailureProps {
  readonly what: string;
  readonly error: unknown;
  readonly onRetry: () => void;
  /** What this person can do about it, where that is known. */
  readonly children?: ReactNode;
}

/** What failed, why, with the code and the request id that support will ask for, and another try. */
export function Failure({ what, error, onRetry, children }: FailureProps) {
  const { message, hint, code, requestId } = asLiveError(error);
  const retry = (
    <Button look="primary" onClick={onRetry}>
      <RotateCw size={16} aria-hidden="true" />
      Try again
    </Button>
  );
  return (
    <Notice icon={TriangleAlert} title={what} action={retry} urgent>
      {children ?? <p>{message}</p>}
      {hint !== undefined && <pre className={styles.hint}>{hint}</pre>}
      <p className={styles.code}>
        {code}
        {requestId !== undefined && ` · request ${requestId}`}
      </p>
    </Notice>
  );
}
