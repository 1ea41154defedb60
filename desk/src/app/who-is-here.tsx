import type { Presence, PresenceState } from '@lockstep/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useSyncExternalStore } from 'react';
import { AvatarStack, type StackedPerson } from '../components/avatar-stack';
import type { Person } from '../features/people/api/people';
import { useLive } from '../lib/live-client';
import { useMedia } from '../lib/media';
import { handle } from '../lib/query-client';

interface WhoIsHereProps {
  readonly me: Person;
  readonly topic: string;
}

/** Everybody who looks at the same workspace, oneself not counted. */
export function WhoIsHere({ me, topic }: WhoIsHereProps) {
  const { client, owner } = useLive();
  const presence = useQuery({
    ...handle,
    queryKey: ['presence', owner, topic],
    queryFn: () => client.presence(topic, me.id, { name: me.name, colour: me.colour, role: me.role }),
  });
  return presence.data === undefined ? null : <Others presence={presence.data} me={me.id} />;
}

function Others({ presence, me }: { readonly presence: Presence; readonly me: string }) {
  const state = useSyncExternalStore(
    (listener) => presence.subscribe(listener),
    () => presence.state(),
  );
  const most = useMedia('(max-width: 719px)') ? 3 : 10;
  const people = useMemo(() => othersOf(state, me), [state, me]);
  return <AvatarStack people={people} most={most} label="Also here" />;
}

/** One for each person, however many windows they have open. */
function othersOf(state: PresenceState, me: string): StackedPerson[] {
  return [...state].flatMap(([key, metas]) => {
    const meta = metas.at(-1);
    if (key === me || typeof meta?.name !== 'string') return [];
    const colour =
      typeof meta.colour === 'string' && /^#[0-9a-f]{6}$/i.test(meta.colour) ? meta.colour : '#5f6973';
    return [{ key, name: meta.name, colour, note: typeof meta.role === 'string' ? meta.role : 'here' }];
  });
}
