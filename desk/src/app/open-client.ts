import { isObject, LockstepClient } from '@lockstep/client';
import { fetchToken } from '../features/people/api/people';
import { fetchJson, unexpected } from '../lib/json';

/** On one machine or in one shop, a dead connection should not go unnoticed for long. */
const HEARTBEAT = 10_000;

/** The public key; asked anew before each attempt, since a server that was set up again has another. */
async function publicKey(): Promise<string> {
  const config = await fetchJson('/config', { cache: 'no-store' });
  if (!isObject(config) || typeof config.anonKey !== 'string') throw unexpected('/config');
  return config.anonKey;
}

/** Opens the connection that speaks for a person, whose rights are those of the first token. */
export async function openClient(person: string): Promise<LockstepClient> {
  const first = await fetchToken(person);
  const client = new LockstepClient({
    url: location.origin,
    apikey: publicKey,
    accessToken: (renew) => (renew ? fetchToken(person) : Promise.resolve(first)),
    heartbeatMs: HEARTBEAT,
  });
  client.connect();
  return client;
}
