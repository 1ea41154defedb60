import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Raw } from '../support/raw.ts';
import { administrator, listen, supabase, table, unique } from '../support/world.ts';

let admin: pg.Client;
let composite: string;
let mood: string;
beforeAll(async () => {
  admin = await administrator();
  composite = unique('pair');
  mood = unique('mood');
  await admin.query(`create type ${composite} as (a int, b text)`);
  await admin.query(`create type ${mood} as enum ('sad', 'glad')`);
  await admin.query('create extension if not exists hstore');
});
afterAll(() => admin.end());

/** Type, a literal of it, `typname` in `columns`, JSON on the wire, and the client's value if another. */
const values = (): [type: string, sql: string, typname: string, wire: string, seen?: unknown][] => [
  ['bool', 'true', 'bool', 'true'],
  ['smallint', '-32768', 'int2', '-32768'],
  ['int', '2147483647', 'int4', '2147483647'],
  ['bigint', '9007199254740993', 'int8', '9007199254740993', 9007199254740992],
  ['numeric', '12.50', 'numeric', '12.50', 12.5],
  ['numeric(10,3)', '1', 'numeric', '1.000', 1],
  ['real', '1.5', 'float4', '1.5'],
  ['double precision', '0.1', 'float8', '0.1'],
  ['text', `E'quote " back \\\\ tab \\t nul-like \\u0001 é 😀'`, 'text', ''],
  ['varchar(9)', `'v'`, 'varchar', '"v"'],
  ['char(5)', `'abc'`, 'bpchar', '"abc  "'],
  ['uuid', `'00000000-0000-0000-0000-0000000000AA'`, 'uuid', '"00000000-0000-0000-0000-0000000000aa"'],
  ['inet', `'10.0.0.1/8'`, 'inet', '"10.0.0.1/8"'],
  ['money', `'1234.5'`, 'money', '"$1,234.50"'],
  [mood, `'glad'`, mood, '"glad"'],
  ['int4range', `'[1,4]'`, 'int4range', '"[1,5)"'],
  ['point', `'(1,2)'`, 'point', '"(1,2)"'],
  ['bytea', `'\\x0102ff'`, 'bytea', '"0102ff"'],
  ['bit(4)', `B'1010'`, 'bit', '"1010"'],
  ['bit varying(9)', `B'101'`, 'varbit', '"101"'],
  ['timestamptz', `'2026-01-02 03:04:05.678901+02'`, 'timestamptz', '"2026-01-02T01:04:05.678901+00:00"'],
  ['timestamp', `'2026-01-02 03:04:05.678901'`, 'timestamp', '"2026-01-02T03:04:05.678901"'],
  ['date', `'2026-01-02'`, 'date', '"2026-01-02"'],
  ['time', `'10:00:00.5'`, 'time', '"10:00:00.5"'],
  ['timetz', `'10:00:00+02'`, 'timetz', '"10:00:00+02"'],
  ['interval', `'1 day 2 hours'`, 'interval', '"1 day 02:00:00"'],
  ['json', `'{"b": 1, "a": [true, null]}'`, 'json', '{"a":[true,null],"b":1}'],
  ['jsonb', `'{"b": 1, "a": [true, null]}'`, 'jsonb', '{"a":[true,null],"b":1}'],
  ['int[]', `'{1,NULL,3}'`, '_int4', '[1,null,3]'],
  ['text[]', `'{a,"b,c",NULL,"NULL"}'`, '_text', '["a","b,c",null,"NULL"]'],
  ['int[]', `'{{1,2},{3,4}}'`, '_int4', '[[1,2],[3,4]]'],
  [composite, `row(1, 'x')`, composite, '{"a":1,"b":"x"}'],
  ['hstore', `'k=>v, n=>NULL'`, 'hstore', '{"k":"v","n":null}'],
];

test('every type is the JSON of the protocol page on the wire, and a fair value in the client', async () => {
  const rows = values();
  const columns = rows.map(([type], index) => `c${index} ${type}`).join(', ');
  const name = await table(admin, `id int primary key, ${columns}`);
  const raw = await Raw.open();
  await raw.listening('realtime:values', { event: '*', schema: 'public', table: name });
  const client = await listen(supabase(), { event: '*', table: name });
  await admin.query(`insert into ${name} values (1, ${rows.map(([, sql]) => sql).join(', ')})`);
  const message = await raw.event('postgres_changes');
  const data = message.payload.data as {
    columns: { name: string; type: string }[];
    record: Record<string, unknown>;
  };
  expect(data.columns.slice(1).map((column) => column.type)).toEqual(rows.map((row) => row[2]));
  const compact = message.text.replace(/": /g, '":').replace(/, (?=["[\dntf{])/g, ',');
  const wrong = rows
    .map(([type, , , wire], index) => [type, `"c${index}":${wire}`] as const)
    .filter(([type, wire]) => type !== 'text' && !compact.includes(wire));
  expect(wrong, message.text).toEqual([]);
  expect(data.record.c8).toBe('quote " back \\ tab \t nul-like \u0001 é 😀');
  const seen = (await client.one()).new;
  for (const [index, [type, , , wire, special]] of rows.entries()) {
    if (type === 'text') continue;
    expect(seen[`c${index}`], type).toEqual(special === undefined ? JSON.parse(wire) : special);
  }
});

test('what JSON has no number for is a string', async () => {
  const name = await table(admin, 'id int primary key, f float8, n numeric, r real');
  const raw = await Raw.open();
  await raw.listening('realtime:nan', { event: '*', table: name });
  await admin.query(`insert into ${name} values (1, 'NaN', 'NaN', '-Infinity')`);
  const data = (await raw.event('postgres_changes')).payload.data as { record: unknown };
  expect(data.record).toEqual({ id: 1, f: 'NaN', n: 'NaN', r: '-Infinity' });
});

test('NULL of every type is null', async () => {
  const rows = values();
  const columns = rows.map(([type], index) => `c${index} ${type}`).join(', ');
  const name = await table(admin, `id int primary key, ${columns}`);
  const client = await listen(supabase(), { event: '*', table: name });
  await admin.query(`insert into ${name} (id) values (1)`);
  const seen = (await client.one()).new;
  expect(Object.values(seen).filter((value) => value !== null)).toEqual([1]);
  expect(Object.keys(seen)).toHaveLength(rows.length + 1);
});

test('odd names of tables and columns travel as they are', async () => {
  const name = `Odd "name" ${unique('x')}`;
  const quoted = `"${name.replaceAll('"', '""')}"`;
  await admin.query(`create table ${quoted} ("Id" int primary key, "a ""b"" é" text)`);
  await admin.query(`grant select on ${quoted} to anon`);
  await admin.query(`alter publication supabase_realtime add table ${quoted}`);
  const rows = await listen(supabase(), { event: '*', schema: 'public', table: name });
  await admin.query(`insert into ${quoted} values (1, 'x')`);
  const change = await rows.one();
  expect([change.table, change.new]).toEqual([name, { Id: 1, 'a "b" é': 'x' }]);
});
