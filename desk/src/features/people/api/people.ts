import { isObject, type Json } from '@lockstep/client';
import { queryOptions } from '@tanstack/react-query';
import { fetchJson, postJson, unexpected } from '../../../lib/json';

/** Somebody of the demo; accounts take this place later. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly colour: string;
  /** The id that rows carry. */
  readonly tenant: string;
  readonly tenantName: string;
}

const PEOPLE = '/demo/people';
const TOKEN = '/demo/token';

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: async ({ signal }) => readPeople(await fetchJson(PEOPLE, { signal })),
  staleTime: 5 * 60_000,
});

/** A token that speaks for this person for an hour. */
export async function fetchToken(person: string): Promise<string> {
  const answer = await postJson(TOKEN, { person });
  if (!isObject(answer) || typeof answer.token !== 'string') throw unexpected(TOKEN);
  return answer.token;
}

function readPeople(answer: unknown): Person[] {
  if (!Array.isArray(answer)) throw unexpected(PEOPLE);
  return answer.filter(isObject).flatMap(readPerson);
}

function readPerson({ id, name, role, colour, tenant, tenantName }: Json): Person[] {
  if (typeof id !== 'string' || typeof name !== 'string' || typeof tenant !== 'string') return [];
  const known = typeof colour === 'string' && /^#[0-9a-f]{6}$/i.test(colour);
  return [
    {
      id,
      name,
      role: typeof role === 'string' ? role : '',
      colour: known ? colour : '#5f6973',
      tenant,
      tenantName: typeof tenantName === 'string' ? tenantName : '',
    },
  ];
}
