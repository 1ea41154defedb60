import type pg from 'pg';
import { unique } from './world.ts';

/**
 * Makes a policy on `realtime.messages`; returns what takes it away again. Rights that were given
 * before are read again within about a second.
 */
export async function policy(
  admin: pg.Client,
  command: 'select' | 'insert',
  expression: string,
  role = 'authenticated',
): Promise<() => Promise<void>> {
  const name = unique('may');
  const clause = command === 'insert' ? 'with check' : 'using';
  await admin.query(
    `create policy ${name} on realtime.messages for ${command} to ${role} ${clause} (${expression})`,
  );
  return async () => {
    await admin.query(`drop policy if exists ${name} on realtime.messages`);
  };
}
