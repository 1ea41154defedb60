import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../support/policies.ts';
import { Raw } from '../support/raw.ts';
import { type Heard, Member } from '../support/room.ts';
import {
  administrator,
  cleanUp,
  inSeconds,
  supabase,
  table,
  token,
  unique,
  until,
} from '../support/world.ts';

const PRIVATE = { private: true };

let admin: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  admin = await administrator();
  drop = await policy(admin, 'select', `realtime.topic() like 'news%'`);
});

afterAll(async () => {
  await drop();
  await admin.end();
});

function reader(vsn?: string) {
  const own = token({
    role: 'authenticated',
    sub: '7c1e0000-0000-4000-8000-000000000002',
    exp: inSeconds(600),
  });
  return supabase({ key: own, ...(vsn ? { vsn } : {}) });
}

function send(topic: string, payload: unknown, restricted = true): Promise<unknown> {
  return admin.query('select realtime.send($1::jsonb, $2, $3, $4)', [
    JSON.stringify(payload),
    'news',
    topic,
    restricted,
  ]);
}

interface Replayed extends Heard {
  meta: { id: string; replayed?: boolean };
}

describe('messages from the database', () => {
  test('realtime.send is heard in the private room, with ids, in both versions', async () => {
    const topic = unique('news');
    const young = await Member.join(reader(), topic, PRIVATE);
    const old = await Member.join(reader('1.0.0'), topic, PRIVATE);
    const outside = await Member.join(supabase(), topic, { broadcast: { self: true } });
    await send(topic, { n: 1 });
    for (const member of [young, old]) {
      const heard = await member.next();
      expect(heard).toMatchObject({ type: 'broadcast', event: 'news', payload: { n: 1 } });
      expect(heard.meta?.id).toMatch(/^[0-9a-f-]{36}$/);
      expect((heard.payload as { id: string }).id).toBe(heard.meta?.id);
    }
    await send(topic, { id: 'own', n: 2 }, false);
    const heard = await outside.next();
    expect(heard.payload).toEqual({ id: 'own', n: 2 });
    expect(young.heard).toEqual([]);
  });

  test('come in the order of commits, and of one transaction in the order they were made', async () => {
    const topic = unique('news');
    const member = await Member.join(reader(), topic, PRIVATE);
    await admin.query('begin');
    for (let n = 0; n < 20; n++) await send(topic, { n });
    await admin.query('commit');
    await admin.query('begin');
    await send(topic, { n: -1 });
    await admin.query('rollback');
    await send(topic, { n: 20 });
    for (let n = 0; n <= 20; n++) expect((await member.next()).payload).toMatchObject({ n });
  });

  test('send_binary carries bytes to version 2, and to version 1 nothing', async () => {
    const topic = unique('news');
    const young = await Member.join(reader(), topic, PRIVATE);
    const old = await Member.join(reader('1.0.0'), topic, PRIVATE);
    await admin.query(`select realtime.send_binary('\\x0102ff'::bytea, 'bytes', $1)`, [topic]);
    await send(topic, { n: 1 });
    const bytes = (await young.next()).payload as ArrayBuffer;
    expect([...new Uint8Array(bytes)]).toEqual([1, 2, 255]);
    expect((await old.next()).payload).toMatchObject({ n: 1 });
  });

  test('broadcast_changes tells what a trigger saw', async () => {
    const topic = unique('news');
    const name = await table(admin, 'id int primary key, note text');
    await admin.query(`
      create function public.${name}_told() returns trigger language plpgsql security definer as $$
      begin
        perform realtime.broadcast_changes('${topic}', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
        return null;
      end $$;
      create trigger told after insert or update or delete on public.${name}
        for each row execute function public.${name}_told();`);
    const member = await Member.join(reader(), topic, PRIVATE);
    await admin.query(`insert into public.${name} values (1, 'a')`);
    await admin.query(`update public.${name} set note = 'b'`);
    await admin.query(`delete from public.${name}`);
    const about = { table: name, schema: 'public' };
    const [a, b] = [
      { id: 1, note: 'a' },
      { id: 1, note: 'b' },
    ];
    for (const [operation, record, old_record] of [
      ['INSERT', a, null],
      ['UPDATE', b, a],
      ['DELETE', null, b],
    ] as const) {
      const heard = await member.next();
      expect(heard.event).toBe(operation);
      expect(heard.payload).toEqual({ ...about, operation, record, old_record, id: heard.meta?.id });
    }
  });

  test('what is wrong is a warning or an exception in the words that people know', async () => {
    const warnings: string[] = [];
    const listener = (notice: { message?: string }) => warnings.push(notice.message ?? '');
    admin.on('notice', listener);
    await admin.query(`select realtime.send('{}'::jsonb, 'e', null)`);
    admin.off('notice', listener);
    expect(warnings.join()).toContain('WarnSendingBroadcastMessage: ');
    const changes = (operation: string, level: string) =>
      admin.query(`select realtime.broadcast_changes('t', 'e', $1, 't', 's', row(1), row(1), $2)`, [
        operation,
        level,
      ]);
    await expect(changes('TRUNCATE', 'ROW')).rejects.toThrow('Unexpected operation type: TRUNCATE');
    await expect(changes('INSERT', 'STATEMENT')).rejects.toThrow(
      'function can only be triggered for each row, not for each statement',
    );
  });

  test('a message that is too large is dropped, and the next one comes', async () => {
    const topic = unique('news');
    const member = await Member.join(reader(), topic, PRIVATE);
    await send(topic, { fill: 'x'.repeat(3_500_000) });
    await send(topic, { n: 1 });
    expect((await member.next()).payload).toMatchObject({ n: 1 });
  });
});

describe('replay', () => {
  const replay = (since: number, limit?: number) => ({
    ...PRIVATE,
    broadcast: { replay: limit === undefined ? { since } : { since, limit } },
  });

  test('tells the newest messages since then, oldest first, marked, and then the live ones', async () => {
    const topic = unique('news');
    const since = Date.now() - 60_000;
    await admin.query('begin');
    for (let n = 0; n < 5; n++) await send(topic, { n });
    await admin.query('commit');
    await send(topic, { n: 5 });
    await send(topic, { n: 'public' }, false);
    const member = await Member.join(reader(), topic, replay(since, 4));
    await send(topic, { n: 6 });
    for (const n of [2, 3, 4, 5]) {
      const heard = (await member.next()) as Replayed;
      expect(heard.payload).toMatchObject({ n });
      expect(heard.meta.replayed).toBe(true);
    }
    const live = (await member.next()) as Replayed;
    expect(live.payload).toMatchObject({ n: 6 });
    expect(live.meta.replayed).toBeUndefined();
    const later = await Member.join(reader(), topic, replay(Date.now() + 60_000));
    await send(topic, { n: 7 });
    expect((await later.next()).payload).toMatchObject({ n: 7 });
  });

  test('between the past and the live room nothing is missed and nothing told twice', async () => {
    const topic = unique('news');
    const since = Date.now() - 60_000;
    let stop = false;
    let sent = 0;
    // In bursts, so that the log is behind the table when somebody joins.
    const writer = (async () => {
      while (!stop) {
        await admin.query(
          `select realtime.send(jsonb_build_object('n', n), 'news', $1) from generate_series($2::int, $2 + 9) n`,
          [topic, sent],
        );
        sent += 10;
      }
    })();
    cleanUp(() => {
      stop = true;
      return writer;
    });
    for (let round = 0; round < 20; round++) {
      await until(() => sent > round * 5, 'messages');
      const member = await Member.join(reader(), topic, replay(since, 25));
      await until(() => member.heard.length >= 30, 'replayed and live messages');
      const numbers = member.heard.map((heard) => (heard.payload as { n: number }).n);
      const first = numbers[0] as number;
      expect(numbers).toEqual(numbers.map((_, index) => first + index));
      void member.channel.unsubscribe();
    }
  });

  test('is refused in words where it cannot be', async () => {
    const raw = await Raw.open({
      apikey: token({ role: 'authenticated', exp: inSeconds(600) }),
    });
    const name = `realtime:${unique('news')}`;
    const reason = async (config: Record<string, unknown>) =>
      (await raw.join(name, config)).payload.response as { reason: string };
    expect(await reason({ ...replay(1, 5), private: false })).toEqual({
      reason: 'UnableToReplayMessages: Replay is not allowed for public channels',
    });
    for (const bad of [
      replay(1, 26),
      replay(1, 0),
      replay(-1),
      { ...PRIVATE, broadcast: { replay: { limit: 3 } } },
    ]) {
      expect(await reason(bad)).toEqual({
        reason: 'UnableToReplayMessages: Replay params are not valid',
      });
    }
  });
});
