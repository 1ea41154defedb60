import { asLiveError, LiveError } from '@lockstep/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Button } from '../components/button';
import { Failure } from '../components/failure';
import { peopleQuery } from '../features/people/api/people';
import { PickerFailure } from '../features/people/components/picker-failure';
import { LiveContext } from '../lib/live-client';
import { handle } from '../lib/query-client';
import { Desk } from './desk';
import { openClient } from './open-client';
import styles from './session.module.css';
import { SessionLoading } from './session-loading';

interface SessionProps {
  readonly personId: string;
  readonly onLeave: () => void;
}

/** All that belongs to the chosen person: who they are, and their connection. */
export function Session({ personId, onLeave }: SessionProps) {
  const people = useQuery(peopleQuery);
  const client = useQuery({ ...handle, queryKey: ['client', personId], queryFn: () => openClient(personId) });
  const live = useMemo(
    () => (client.data === undefined ? null : { client: client.data, owner: personId }),
    [client.data, personId],
  );
  const failed = people.error ?? client.error;
  if (failed !== null) {
    const retry = () => {
      if (people.isError) people.refetch();
      if (client.isError) client.refetch();
    };
    return <SessionFailure error={failed} onRetry={retry} onLeave={onLeave} />;
  }
  if (people.data === undefined || live === null) return <SessionLoading />;
  const me = people.data.find(({ id }) => id === personId);
  if (me === undefined) return <SessionFailure error={gone()} onRetry={onLeave} onLeave={onLeave} />;
  return (
    <LiveContext value={live}>
      <Desk me={me} people={people.data} onLeave={onLeave} />
    </LiveContext>
  );
}

function gone(): LiveError {
  return new LiveError('client', { code: 'data.not-found', message: 'There is no such person.' });
}

interface SessionFailureProps {
  readonly error: Error;
  readonly onRetry: () => void;
  readonly onLeave: () => void;
}

function SessionFailure({ error, onRetry, onLeave }: SessionFailureProps) {
  return (
    <main className={styles.page}>
      <title>{`${asLiveError(error).kind === 'network' ? 'Offline' : 'Not signed in'} · Lockstep`}</title>
      <PickerFailure error={error}>
        {(words) => (
          <Failure what="You could not be signed in" error={error} onRetry={onRetry}>
            {words}
          </Failure>
        )}
      </PickerFailure>
      <Button look="quiet" onClick={onLeave}>
        Be somebody else
      </Button>
    </main>
  );
}
