import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueRead, FeedView, joinFeed, refusedFeed } from '../support/feed.ts';
import { Raw } from '../support/raw.ts';
import { administrator, table, unique } from '../support/world.ts';

let admin: pg.Client;
beforeAll(async () => {
  admin = await administrator();
});
afterAll(() => admin.end());

const ORDERS = `id int primary key, status text, note text, amount numeric(10,2), due timestamptz,
  version int not null default 1`;

async function orders(): Promise<string> {
  const name = await table(admin, ORDERS, 'orders');
  await admin.query(`alter table ${name} replica identity full`);
  await admin.query(
    `insert into ${name} select n, case when n % 2 = 0 then 'open' else 'closed' end, 'n' || n,
       n * 1.5, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour'
     from generate_series(1, 6) n`,
  );
  return name;
}

const room = () => `realtime:feed:${unique('f')}`;

describe('the first load', () => {
  test('is a reset with the rows of the filter, in order, and a token', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const reply = await raw.join(room(), {
      feeds: [{ table: name, where: 'status=eq.open', order: 'id.desc', limit: 2, total: true }],
    });
    const [echo] = (reply.payload.response as { feeds: Record<string, unknown>[] }).feeds;
    expect(echo).toMatchObject({
      table: name,
      where: 'status=eq.open',
      order: 'id.desc',
      limit: 2,
      total: true,
      key: ['id'],
    });
    expect(echo?.id).toEqual(expect.any(Number));
    const view = new FeedView(raw, reply.topic, echo?.id as number);
    await view.until((v) => v.token, 'the token');
    expect(view.resets).toEqual(['first']);
    expect(view.total).toBe(3);
    expect([...view.rows.keys()]).toEqual([6, 4]);
    expect(view.rows.get(6)).toEqual({
      id: 6,
      status: 'open',
      note: 'n6',
      amount: 9,
      due: '2026-01-01T06:00:00+00:00',
      version: 1,
    });
  });

  test('of an empty table is an empty reset', async () => {
    const name = await orders();
    await admin.query(`truncate ${name}`);
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name });
    await view.until((v) => v.token, 'the token');
    expect([view.rows.size, view.resets]).toEqual([0, ['first']]);
  });

  test('with select holds those columns and the key', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name, select: ['note'], where: 'id=eq.1' });
    await view.until((v) => v.token, 'the token');
    expect(view.rows.get(1)).toEqual({ id: 1, note: 'n1' });
  });

  test('live values are the values of the snapshot', async () => {
    const name = await table(
      admin,
      `id int primary key, t text, n numeric, f float8, b bytea, z timestamptz, d date, j json,
       jb jsonb, a int[], u uuid, c char(4), o bool, i interval`,
    );
    await admin.query(`alter table ${name} replica identity full`);
    const raw = await Raw.open();
    const live = await joinFeed(raw, room(), { table: name });
    await live.until((v) => v.token, 'the token');
    await admin.query(
      `insert into ${name} values (1, E'é"\\\\\\n', 12.50, 'NaN', '\\x00ff', '2026-01-02 03:04:05+02',
         '2026-01-02', '{"b":1,"a": 2}', '{"b":1,"a": 2}', '{1,NULL}',
         '00000000-0000-0000-0000-0000000000AA', 'ab', true, '1 day 2 hours'),
       (2, null, 'Infinity', 1e300, null, 'infinity', null, null, null, '{}', null, null, null, null)`,
    );
    await live.until((v) => v.rows.size === 2, 'both rows');
    const truth = await admin.query(`set time zone 'UTC'; select to_jsonb(x) j from ${name} x order by id`);
    const rows = (truth as unknown as pg.QueryResult[])[1]?.rows.map((row) => row.j);
    expect([...live.rows.values()]).toEqual(rows);
    const later = await joinFeed(raw, room(), { table: name });
    await later.until((v) => v.token, 'the token');
    expect([...later.rows.values()]).toEqual(rows);
  });
});

describe('a change', () => {
  test('enters, updates and leaves as the filter says', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name, where: 'status=eq.open', order: 'due' });
    await view.until((v) => v.token, 'the token');
    expect([...view.rows.keys()]).toEqual([2, 4, 6]);

    await admin.query(`update ${name} set note = 'x', version = 2 where id = 2`);
    let frame = await view.frame();
    expect(frame.enter ?? []).toEqual([]);
    expect(frame.leave ?? []).toEqual([]);
    expect(frame.update).toEqual([
      {
        key: { id: 2 },
        set: { note: 'x', version: 2, due: '2026-01-01T02:00:00+00:00' },
        base: { version: 1 },
      },
    ]);
    expect(Math.abs((frame.at ?? 0) - Date.now())).toBeLessThan(30_000);
    expect(frame.token).toEqual(expect.any(String));

    await admin.query(`update ${name} set status = 'open', version = 2 where id = 1`);
    frame = await view.frame();
    expect(frame.enter).toMatchObject([{ id: 1, status: 'open', note: 'n1', version: 2 }]);

    await admin.query(`update ${name} set status = 'closed' where id = 4`);
    frame = await view.frame();
    expect(frame.leave).toEqual([{ key: { id: 4 }, why: 'left' }]);

    await admin.query(`delete from ${name} where id = 6`);
    frame = await view.frame();
    expect(frame.leave).toEqual([{ key: { id: 6 }, why: 'deleted' }]);
    expect([...view.rows.keys()].sort()).toEqual([1, 2]);
  });

  test('outside the filter says nothing', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name, where: 'status=eq.open' });
    await view.until((v) => v.token, 'the token');
    await admin.query(`update ${name} set note = 'x' where status = 'closed'`);
    await admin.query(`update ${name} set note = 'y' where id = 2`);
    expect((await view.frame()).update?.map((update) => update.key)).toEqual([{ id: 2 }]);
  });

  test('of the key is a leave and an enter', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name, where: 'id=lt.100' });
    await view.until((v) => v.token, 'the token');
    await admin.query(`update ${name} set id = 60 where id = 6`);
    const frame = await view.frame();
    expect(frame.leave?.map((leave) => leave.key)).toEqual([{ id: 6 }]);
    expect(frame.enter?.map((row) => row.id)).toEqual([60]);
  });

  test('is folded with the others of its row in its transaction', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name, where: 'status=eq.open' });
    await view.until((v) => v.token, 'the token');
    await admin.query(`begin; update ${name} set note = 'a' where id = 2;
      update ${name} set amount = 7 where id = 2; update ${name} set note = 'b' where id = 2;
      insert into ${name} (id, status) values (70, 'open'); delete from ${name} where id = 70;
      insert into ${name} (id, status) values (71, 'open');
      update ${name} set note = 'late' where id = 71;
      update ${name} set status = 'closed' where id = 4;
      update ${name} set status = 'open' where id = 4; commit`);
    const frame = await view.frame();
    expect(frame.update?.find((update) => update.key.id === 2)?.set).toMatchObject({
      note: 'b',
      amount: 7,
    });
    expect(frame.enter).toHaveLength(1);
    expect(frame.enter?.[0]).toMatchObject({ id: 71, note: 'late' });
    expect(frame.leave ?? []).toEqual([]);
    expect(view.rows.get(4)?.status).toBe('open');
  });

  test('a truncate empties the view by a reset', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name });
    await view.until((v) => v.token, 'the token');
    await admin.query(`truncate ${name}`);
    await view.until((v) => v.resets.length === 2 && v.rows.size === 0, 'the second reset');
    expect(view.resets[1]).toBe('truncated');
  });

  test('one field of a row is at most 500 bytes on the wire', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name });
    await view.until((v) => v.token, 'the token');
    await admin.query(`update ${name} set status = 'late' where id = 1`);
    const message = await raw.event('feed');
    expect(Buffer.byteLength(message.text)).toBeLessThanOrEqual(500);
  });
});

describe('a long transaction', () => {
  test('comes in frames that are applied together, and is complete', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name });
    await view.until((v) => v.token, 'the token');
    await admin.query(
      `insert into ${name} (id, note) select n, repeat('x', 300) from generate_series(1001, 9000) n`,
    );
    await view.until((v) => v.rows.size === 8_006, 'eight thousand rows');
    expect(view.resets).toEqual(['first']);
  });

  test('above ten thousand rows is a reset', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const view = await joinFeed(raw, room(), { table: name, limit: 100, total: true });
    await view.until((v) => v.token, 'the token');
    await admin.query(`insert into ${name} (id) select n from generate_series(1001, 12000) n`);
    await view.until((v) => v.resets.length === 2, 'the second reset');
    expect([view.resets[1], view.rows.size, view.total]).toEqual(['large', 100, 11_006]);
  });
});

describe('coming back', () => {
  test('with a token brings what was missed, once, and no reset', async () => {
    const name = await orders();
    const topic = room();
    const first = await Raw.open();
    const feed = { table: name, where: 'status=eq.open' };
    const before = await joinFeed(first, topic, feed);
    await before.until((v) => v.token, 'the token');
    first.terminate();
    await admin.query(`insert into ${name} (id, status) values (10, 'open'), (11, 'closed')`);
    await admin.query(`update ${name} set note = 'seen?' where id = 2`);
    await admin.query(`delete from ${name} where id = 4`);
    const second = await Raw.open();
    const after = await joinFeed(second, topic, { ...feed, since: before.token });
    for (const [id, row] of before.rows) after.rows.set(id, row);
    await after.until((v) => !v.rows.has(4), 'the delete');
    expect(after.resets).toEqual([]);
    expect([...after.rows.keys()].sort()).toEqual([10, 2, 6]);
    expect(after.rows.get(2)?.note).toBe('seen?');
    expect(after.entered).toEqual([10]);
    await admin.query(`insert into ${name} (id, status) values (12, 'open')`);
    await after.until((v) => v.rows.has(12), 'the live row');
    expect(after.entered).toEqual([10, 12]);
  });

  test('with a token of another question loads afresh and says so', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const one = await joinFeed(raw, room(), { table: name, where: 'status=eq.open' });
    await one.until((v) => v.token, 'the token');
    const other = await joinFeed(raw, room(), {
      table: name,
      where: 'status=eq.closed',
      since: one.token,
    });
    await other.until((v) => v.token, 'the token');
    expect(other.resets).toEqual(['question']);
    expect([...other.rows.keys()].sort()).toEqual([1, 3, 5]);
  });

  test('with a forged or broken token loads afresh', async () => {
    const name = await orders();
    const raw = await Raw.open();
    const one = await joinFeed(raw, room(), { table: name });
    await one.until((v) => v.token, 'the token');
    const token = one.token as string;
    const flipped = (token[9] === 'A' ? 'B' : 'A') + token.slice(10);
    for (const since of ['garbage', '', token.slice(0, 9) + flipped]) {
      const view = await joinFeed(raw, room(), { table: name, since });
      await view.until((v) => v.token, 'the token');
      expect(view.resets).toHaveLength(1);
      expect(view.rows.size).toBe(6);
    }
  });
});

describe('under concurrent writes', () => {
  test('snapshot and live rows meet without a gap or a double', async () => {
    const name = await orders();
    await admin.query(`truncate ${name}`);
    const writers = await Promise.all([1, 2, 3, 4].map(() => administrator()));
    let stop = false;
    let next = 0;
    const writing = writers.map(async (writer, index) => {
      while (!stop) {
        const id = ++next;
        await writer.query('begin');
        await writer.query(`insert into ${name} (id, status) values ($1, 'open')`, [id]);
        if (index === 0) await writer.query('select pg_sleep(0.02)');
        if (id % 7 === 0) await writer.query(`delete from ${name} where id = $1`, [id - 5]);
        if (id % 5 === 0) {
          await writer.query(`update ${name} set note = 'u', version = version + 1 where id = $1`, [id - 3]);
        }
        await writer.query('commit');
      }
    });
    const raw = await Raw.open();
    const views: FeedView[] = [];
    for (let n = 0; n < 20; n++) {
      const view = await joinFeed(raw, room(), { table: name, limit: 10_000 });
      await view.until((v) => v.resets.length === 1, 'the snapshot');
      views.push(view);
    }
    stop = true;
    await Promise.all(writing);
    for (const writer of writers) await writer.end();
    await admin.query(`insert into ${name} (id, status) values (1000000, 'end')`);
    const truth = await admin.query(`select id, note, version from ${name} order by id`);
    for (const view of views) {
      await view.until((v) => v.rows.has(1_000_000), 'the end');
      const held = [...view.rows.values()]
        .map(({ id, note, version }) => ({ id, note, version }))
        .sort((a, b) => (a.id as number) - (b.id as number));
      expect(held).toEqual(truth.rows);
      expect(new Set(view.entered).size).toBe(view.entered.length);
    }
  });
});

describe('a feed that cannot be', () => {
  test('a table without a key, or without full identity, is refused with the SQL that mends it', async () => {
    const raw = await Raw.open();
    const keyless = await table(admin, 'a int');
    const identity = await table(admin, 'id int primary key');
    expect((await refusedFeed(raw, room(), { table: keyless })).text).toContain(keyless);
    expect((await refusedFeed(raw, room(), { table: identity })).text.toLowerCase()).toContain(
      'replica identity full',
    );
  });

  test('an unknown table, column, operator or order is refused by name', async () => {
    const name = await orders();
    const raw = await Raw.open();
    for (const [feed, word] of [
      [{ table: 'nowhere_at_all' }, 'nowhere_at_all'],
      [{ table: name, where: 'nope=eq.1' }, 'nope'],
      [{ table: name, where: 'id=zz.1' }, 'zz'],
      [{ table: name, where: 'id=eq.abc' }, 'abc'],
      [{ table: name, order: 'nope.asc' }, 'nope'],
      [{ table: name, select: ['nope'] }, 'nope'],
    ] as const) {
      expect((await refusedFeed(raw, room(), feed)).text).toContain(word);
    }
  });
});

test('a row is shown under the policies of whoever asks, and leaves when they no longer allow it', async () => {
  const name = await orders();
  await admin.query(`alter table ${name} enable row level security`);
  await admin.query(`create policy open on ${name} for select to anon using (status = 'open')`);
  await catalogueRead();
  const raw = await Raw.open();
  const view = await joinFeed(raw, room(), { table: name });
  await view.until((v) => v.token, 'the token');
  const held = () => [...view.rows.keys()].sort((a, b) => (a as number) - (b as number));
  const expected = async () =>
    (await admin.query(`select id from ${name} where status = 'open' order by id`)).rows.map((row) => row.id);
  expect(held()).toEqual(await expected());
  await admin.query(`insert into ${name} (id, status, note) values (60, 'shut', 'x'), (61, 'open', 'y')`);
  await admin.query(`update ${name} set status = 'shut' where id = 2`);
  await admin.query(`insert into ${name} (id, status) values (62, 'open')`);
  await view.until((v) => v.rows.has(62), 'the last row');
  expect(held()).toEqual(await expected());
  expect(view.frames.flatMap((frame) => frame.leave ?? [])).toEqual([{ key: { id: 2 }, why: 'left' }]);
});

test('and, or and not of the REST grammar work live as in the snapshot', async () => {
  const name = await orders();
  const where = 'or=(and(status.eq.open,amount.gt.5),note.like.*1*)&id=not.in.(6)';
  const raw = await Raw.open();
  const view = await joinFeed(raw, room(), { table: name, where });
  await view.until((v) => v.token, 'the token');
  const truth = `select id from ${name} where ((status = 'open' and amount > 5) or note like '%1%')
    and not (id in (6)) order by id`;
  const held = () => [...view.rows.keys()].sort((a, b) => (a as number) - (b as number));
  const expected = async () => (await admin.query(truth)).rows.map((row) => row.id);
  expect(held()).toEqual(await expected());
  await admin.query(`update ${name} set amount = 9, note = 'z' where id in (1, 2, 3)`);
  await admin.query(`insert into ${name} (id, status, amount, note) values (20, 'x', 1, 'a1')`);
  await view.until((v) => v.rows.has(20), 'the last row');
  expect(held()).toEqual(await expected());
});
