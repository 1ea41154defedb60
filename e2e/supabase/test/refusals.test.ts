import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueRead } from '../support/feed.ts';
import { Raw } from '../support/raw.ts';
import { administrator, listen, refusal, supabase, table, unique } from '../support/world.ts';

let admin: pg.Client;
let name: string;
beforeAll(async () => {
  admin = await administrator();
  name = await table(admin, 'id int primary key, title text, flag bool, hidden text');
  await admin.query(`revoke select on ${name} from anon`);
  await admin.query(`grant select (id, title, flag) on ${name} to anon`);
  await catalogueRead();
});
afterAll(() => admin.end());

const EXCEPTION =
  'Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: ';

/** The filter, and the words that the message must hold. */
const REFUSED: [filter: string, words: string][] = [
  ['notacolumn=eq.123', 'invalid column for filter notacolumn'],
  ['hidden=eq.x', 'invalid column for filter hidden'],
  ['id=eq.abc', 'invalid input syntax for type integer: "abc"'],
  ['id=like.1%', 'operator like requires a text-compatible column type, got integer'],
  ['id=match.1', 'operator match requires a text-compatible column type, got integer'],
  ['title=match.(', 'invalid regular expression for match filter: '],
  ['title=is.true', 'is true filter requires a boolean column, got text'],
  ['title=is.something', 'invalid value for is filter: must be null, true, false, or unknown'],
  [
    `id=in.(${Array.from({ length: 101 }, (_, index) => index).join()})`,
    'too many values for `in` filter. Maximum 100',
  ],
];

describe('a filter that PostgreSQL would not take', () => {
  test.each(REFUSED)('%s', async (filter, words) => {
    const refused = await refusal(supabase(), {
      event: '*',
      schema: 'public',
      table: name,
      filter,
    });
    expect(refused).toMatchObject({ extension: 'postgres_changes', status: 'error' });
    expect(refused.message.startsWith(EXCEPTION)).toBe(true);
    expect(refused.message).toContain(`schema: public, table: ${name}`);
    expect(refused.message).toContain(words);
  });

  test('the whole sentence, as the reference says it', async () => {
    const refused = await refusal(supabase(), {
      event: '*',
      schema: 'public',
      table: name,
      filter: 'notacolumn=eq.123',
    });
    expect(refused.message).toBe(
      `${EXCEPTION}[event: *, schema: public, table: ${name}, filters: [{"notacolumn", "eq", "123", false}], select: nil]. Exception: ERROR P0001 (raise_exception) invalid column for filter notacolumn`,
    );
  });
});

describe('a subscription that cannot be read', () => {
  test.each([
    [{ filter: 'id=foo.hey' }, 'Error parsing `filter` params: ["foo", "hey"]'],
    [
      { filter: 'id=eq.1,,id=eq.2' },
      'Error parsing `filter` params: filter must not contain empty segments (check for extra commas)',
    ],
    [{ filter: 'id=in.1,2' }, '`in` filter value must be wrapped by parentheses'],
  ])('%o', async (part, words) => {
    const refused = await refusal(supabase(), {
      event: '*',
      schema: 'public',
      table: name,
      ...part,
    });
    expect(refused.status).toBe('error');
    expect(refused.message).toContain(words);
  });

  test('select with a wildcard, an unknown column, or a hidden one', async () => {
    const star = await refusal(supabase(), { event: '*', schema: 'public', select: ['id'] });
    expect(star.message).toBe(
      'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
    );
    for (const column of ['zz', 'hidden']) {
      const refused = await refusal(supabase(), {
        event: '*',
        schema: 'public',
        table: name,
        select: ['id', column],
      });
      expect(refused.message).toContain(`invalid column for select ${column}`);
    }
  });

  test('select that is no list of names', async () => {
    const raw = await Raw.open();
    await raw.joined('realtime:sel', {
      postgres_changes: [{ event: '*', schema: 'public', table: name, select: 'id' }],
    });
    expect((await raw.event('system')).payload.message).toBe(
      'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]',
    );
  });

  test('neither schema nor table', async () => {
    const raw = await Raw.open();
    await raw.joined('realtime:none', { postgres_changes: [{ event: '*' }] });
    expect((await raw.event('system')).payload.message).toContain(
      'No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: ',
    );
  });
});

test('a table that is not published is refused in the reference words', async () => {
  const unpublished = unique('unpublished');
  await admin.query(`create table ${unpublished} (id int primary key)`);
  await admin.query(`grant select on ${unpublished} to anon`);
  const refused = await refusal(supabase(), {
    event: 'INSERT',
    schema: 'public',
    table: unpublished,
  });
  expect(refused.message).toBe(
    `Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [event: INSERT, schema: public, table: ${unpublished}, filters: [], select: nil]`,
  );
});

test('the channel stays joined after a refusal, for its other uses', async () => {
  const client = supabase();
  const room = client.channel(unique('room'), { config: { broadcast: { self: true } } });
  const refused = new Promise<{ status: string }>((done) => room.on('system', {}, done));
  room.on('postgres_changes', { event: '*', schema: 'public', table: 'nowhere_at_all' }, () => {});
  const heard = new Promise<{ payload: unknown }>((done) =>
    room.on('broadcast', { event: 'still' }, done as never),
  );
  await new Promise<void>((done) => room.subscribe((status) => status === 'SUBSCRIBED' && done()));
  expect((await refused).status).toBe('error');
  await room.send({ type: 'broadcast', event: 'still', payload: { here: true } });
  expect((await heard).payload).toEqual({ here: true });
});

test('good news is said in the reference words, with the channel name', async () => {
  const rows = await listen(supabase(), { event: '*', schema: 'public', table: name });
  expect(rows.system).toEqual([
    {
      extension: 'postgres_changes',
      status: 'ok',
      message: 'Subscribed to PostgreSQL',
      channel: rows.channel.subTopic,
    },
  ]);
});
