import { postgresChangesFilter } from '@supabase/supabase-js';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { administrator, Listening, listen, supabase, table, unique, until } from '../support/world.ts';

let admin: pg.Client;
let name: string;

beforeAll(async () => {
  admin = await administrator();
  await admin.query(
    `do $$ begin create type mood as enum ('sad', 'ok', 'glad'); exception when duplicate_object then null; end $$`,
  );
  name = await table(
    admin,
    `id int primary key, s text, n numeric, f float8, b bool, d date, z timestamptz, u uuid,
     m mood, c char(5), v varchar(20), i2 smallint, i8 bigint`,
  );
});
afterAll(() => admin.end());

const ROWS = [
  `(1, 'A', 1.0, 1.5, true, '2026-01-01', '2026-01-01T00:00:00Z', '00000000-0000-0000-0000-000000000001', 'sad', 'ab', 'ab', 1, 9007199254740993)`,
  `(2, 'B', 1.00, -1.5, false, '2026-01-02', '2026-01-01T02:00:00+02', '00000000-0000-0000-0000-000000000002', 'ok', 'ab   ', 'ab  ', 2, 9007199254740992)`,
  `(3, null, null, null, null, null, null, null, null, null, null, null, null)`,
  `(4, 'apple, "red" (x)', 10, 'NaN', true, '2025-12-31', '2025-12-31T23:59:59.999999Z', '00000000-0000-0000-0000-0000000000aa', 'glad', '', '', -3, -1)`,
  `(5, 'Äpfel', 2.5, 'Infinity', false, '0044-03-15 BC', 'infinity', '00000000-0000-0000-0000-0000000000AB', 'ok', 'abcde', 'x,y', 32767, 0)`,
  `(6, '', 'NaN', 0, true, '2026-02-28', '2026-02-28T12:00:00Z', null, 'glad', 'x', '50%', 0, 7)`,
  `(7, '50% off_now', -0.001, 1e300, false, '2026-03-01', '2026-03-01T12:00:00.5Z', null, 'sad', 'y', 'a_b', 5, 8)`,
  `(8, ' padded ', 1e20, 1, null, '2026-03-02', '2026-03-02T12:00:00Z', null, 'sad', 'z', 'back\\slash', 6, 9)`,
];

/** What is asked, and the same question in SQL: PostgreSQL says who is right. */
const QUESTIONS: [filter: string, sql: string][] = [
  ['id=eq.1', 'id = 1'],
  ['id=neq.1', 'id <> 1'],
  ['id=lt.3', 'id < 3'],
  ['id=lte.3', 'id <= 3'],
  ['id=gt.3', 'id > 3'],
  ['id=gte.3', 'id >= 3'],
  ['id=in.(1,3,5)', 'id in (1, 3, 5)'],
  ['id=not.eq.1', 'not (id = 1)'],
  ['id=not.in.(1,3,5)', 'not (id in (1, 3, 5))'],
  ['id=gt.1,id=lt.4', 'id > 1 and id < 4'],
  ['id=gt.1, id=lt.6 ,s=not.is.null', 'id > 1 and id < 6 and s is not null'],
  ['s=eq.A', `s = 'A'`],
  ['s=neq.A', `s <> 'A'`],
  ['s=not.eq.A', `not (s = 'A')`],
  ['s=in.(A,B)', `s in ('A', 'B')`],
  ['s=not.in.(A,B)', `not (s in ('A', 'B'))`],
  ['s=eq."apple, \\"red\\" (x)"', `s = 'apple, "red" (x)'`],
  ['s=in.(A,"apple, \\"red\\" (x)")', `s in ('A', 'apple, "red" (x)')`],
  ['s=like.%ppl%', `s like '%ppl%'`],
  ['s=like.50\\% off\\_now', `s like '50\\% off\\_now'`],
  ['s=like.A', `s like 'A'`],
  ['s=like._', `s like '_'`],
  ['s=not.like.A%', `not (s like 'A%')`],
  ['s=ilike.a%', `s ilike 'a%'`],
  ['s=ilike.äPF%', `s ilike 'äPF%'`],
  ['s=match.^[AB]$', `s ~ '^[AB]$'`],
  ['s=imatch.^[ab]$', `s ~* '^[ab]$'`],
  ['s=not.match.^[AB]$', `not (s ~ '^[AB]$')`],
  ['s=is.null', 's is null'],
  ['s=not.is.null', 's is not null'],
  ['s=isdistinct.A', `s is distinct from 'A'`],
  ['s=not.isdistinct.A', `not (s is distinct from 'A')`],
  ['s=eq.', `s = ''`],
  ['s=gt.B', `s > 'B'`],
  ['s=eq." padded "', `s = ' padded '`],
  ['b=is.true', 'b is true'],
  ['b=is.false', 'b is false'],
  ['b=is.unknown', 'b is unknown'],
  ['b=not.is.true', 'b is not true'],
  ['b=eq.true', 'b = true'],
  ['b=eq.f', 'b = false'],
  ['n=eq.1', 'n = 1'],
  ['n=eq.1.000', 'n = 1.000'],
  ['n=gt.1.0', 'n > 1.0'],
  ['n=eq.NaN', `n = 'NaN'`],
  ['n=lt.0', 'n < 0'],
  ['n=eq.1e20', 'n = 1e20'],
  ['f=gt.1.4', 'f > 1.4'],
  ['f=eq.NaN', `f = 'NaN'`],
  ['f=eq.Infinity', `f = 'Infinity'`],
  ['f=lt.0', 'f < 0'],
  ['d=eq.2026-01-01', `d = '2026-01-01'`],
  ['d=lt.2026-01-01', `d < '2026-01-01'`],
  ['d=in.(2026-01-01,2026-01-02)', `d in ('2026-01-01', '2026-01-02')`],
  ['z=eq.2026-01-01T00:00:00Z', `z = '2026-01-01T00:00:00Z'`],
  ['z=gte.2026-01-01 01:00:00+01', `z >= '2026-01-01 01:00:00+01'`],
  ['z=eq.infinity', `z = 'infinity'`],
  ['u=eq.00000000-0000-0000-0000-0000000000AA', `u = '00000000-0000-0000-0000-0000000000aa'`],
  ['u=gt.00000000-0000-0000-0000-000000000002', `u > '00000000-0000-0000-0000-000000000002'`],
  ['m=eq.ok', `m = 'ok'`],
  ['m=gt.sad', `m > 'sad'`],
  ['m=in.(sad,glad)', `m in ('sad', 'glad')`],
  ['c=eq.ab', `c = 'ab'`],
  ['c=eq.', `c = ''`],
  ['v=eq.ab', `v = 'ab'`],
  ['v=in.("x,y",a_b)', `v in ('x,y', 'a_b')`],
  ['i2=eq.-3', 'i2 = -3'],
  ['i8=eq.9007199254740993', 'i8 = 9007199254740993'],
  ['i8=lt.0', 'i8 < 0'],
  ['id=eq.null', 'false'],
];

test('every operator agrees with PostgreSQL on every row, NULL included', async () => {
  const questions = QUESTIONS.filter(([filter]) => filter !== 'id=eq.null');
  const listening = new Listening(supabase().channel(unique('room')));
  const matched = questions.map(([filter]) => {
    const seen: { new: Record<string, unknown> }[] = [];
    listening.on({ event: 'INSERT', schema: 'public', table: name, filter }, seen as never);
    return seen;
  });
  const end: { new: Record<string, unknown> }[] = [];
  listening.on({ event: 'INSERT', schema: 'public', table: name }, end as never);
  await listening.subscribe();
  expect(listening.system.map((message) => message.message)).toEqual(['Subscribed to PostgreSQL']);
  await admin.query(`insert into ${name} values ${ROWS.join(', ')}`);
  await until(() => end.length === ROWS.length, 'all rows');
  const wrong: string[] = [];
  for (const [index, [filter, sql]] of questions.entries()) {
    const truth = await admin.query(`select id from ${name} where ${sql} order by id`);
    const expected = truth.rows.map((row) => row.id).join();
    const actual = (matched[index] ?? []).map((change) => change.new.id).join();
    if (expected !== actual) wrong.push(`${filter}: PostgreSQL [${expected}], we [${actual}]`);
  }
  expect(wrong).toEqual([]);
});

test('the builder of supabase-js quotes what the server reads back', async () => {
  const texts = await table(admin, 'id int primary key, s text, done bool');
  const nasty = 'a,b "c" (d) \\ e';
  const listening = new Listening(supabase().channel(unique('room')));
  listening.on({
    event: 'INSERT',
    schema: 'public',
    table: texts,
    filter: postgresChangesFilter().eq('s', nasty).not('done', 'is', null).in('id', [1, 2]),
  });
  await listening.subscribe();
  await admin.query(
    `insert into ${texts} values (1, 'other', true), (3, $1, true), (4, $1, null), (2, $1, false)`,
    [nasty],
  );
  expect((await listening.one()).new).toEqual({ id: 2, s: nasty, done: false });
});

test('a hundred values are in, and an empty filter is none', async () => {
  const rows = await table(admin, 'id int primary key');
  const hundred = Array.from({ length: 100 }, (_, index) => index * 2).join();
  const client = supabase();
  const even = await listen(client, {
    event: '*',
    schema: 'public',
    table: rows,
    filter: `id=in.(${hundred})`,
  });
  const all = await listen(client, { event: '*', schema: 'public', table: rows, filter: '  ' });
  await admin.query(`insert into ${rows} values (1), (2), (3), (198)`);
  expect((await even.take(2)).map((change) => change.new.id)).toEqual([2, 198]);
  expect(await all.take(4)).toHaveLength(4);
});
