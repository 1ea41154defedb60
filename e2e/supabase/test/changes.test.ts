import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueRead } from '../support/feed.ts';
import { Raw } from '../support/raw.ts';
import {
  administrator,
  type ChangeSeen,
  connection,
  Listening,
  listen,
  supabase,
  table,
  unique,
  until,
} from '../support/world.ts';

let admin: pg.Client;
beforeAll(async () => {
  admin = await administrator();
});
afterAll(() => admin.end());

const TASKS = 'id int8 primary key, task text, done bool default false, note text';

describe('one change', () => {
  test('an insert has the new row and no old one', async () => {
    const name = await table(admin, TASKS);
    const todos = await listen(supabase(), { event: '*', schema: 'public', table: name });
    await admin.query(`insert into ${name} (id, task) values (7, 'wash é')`);
    const change = await todos.one();
    expect(change).toMatchObject({
      schema: 'public',
      table: name,
      eventType: 'INSERT',
      new: { id: 7, task: 'wash é', done: false, note: null },
      old: {},
      errors: null,
    });
    expect(change.commit_timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(change.commit_timestamp) - Date.now())).toBeLessThan(30_000);
  });

  test('an update under the default identity has the key as old row', async () => {
    const name = await table(admin, TASKS);
    await admin.query(`insert into ${name} values (1, 'a', false, null)`);
    const todos = await listen(supabase(), { event: 'UPDATE', schema: 'public', table: name });
    await admin.query(`update ${name} set task = 'b' where id = 1`);
    expect(await todos.one()).toMatchObject({
      eventType: 'UPDATE',
      new: { id: 1, task: 'b', done: false, note: null },
    });
    await admin.query(`update ${name} set task = 'c' where id = 1`);
    expect((await todos.one()).old).toEqual({ id: 1 });
    await admin.query(`update ${name} set id = 2 where id = 1`);
    const moved = await todos.one();
    expect([moved.old, moved.new.id]).toEqual([{ id: 1 }, 2]);
  });

  test('a delete under the default identity has the key alone', async () => {
    const name = await table(admin, TASKS);
    await admin.query(`insert into ${name} values (1, 'a', false, null)`);
    const todos = await listen(supabase(), { event: 'DELETE', schema: 'public', table: name });
    await admin.query(`delete from ${name} where id = 1`);
    expect(await todos.one()).toMatchObject({ eventType: 'DELETE', new: {}, old: { id: 1 } });
  });

  test('under full identity the old row is whole', async () => {
    const name = await table(admin, TASKS);
    await admin.query(`alter table ${name} replica identity full`);
    await admin.query(`insert into ${name} values (1, 'a', false, 'n')`);
    const client = supabase();
    const updates = await listen(client, { event: 'UPDATE', schema: 'public', table: name });
    const deletes = await listen(client, { event: 'DELETE', schema: 'public', table: name });
    await admin.query(`update ${name} set task = 'b' where id = 1`);
    expect((await updates.one()).old).toEqual({ id: 1, task: 'a', done: false, note: 'n' });
    await admin.query(`delete from ${name} where id = 1`);
    expect((await deletes.one()).old).toEqual({ id: 1, task: 'b', done: false, note: 'n' });
  });

  test('an unchanged TOAST column is absent, and filled from the old row under full identity', async () => {
    const name = await table(admin, TASKS);
    await admin.query(`alter table ${name} alter column note set storage external`);
    await admin.query(`insert into ${name} values (1, 'a', false, repeat('x', 9000))`);
    const todos = await listen(supabase(), { event: 'UPDATE', schema: 'public', table: name });
    await admin.query(`update ${name} set task = 'b' where id = 1`);
    expect((await todos.one()).new).toEqual({ id: 1, task: 'b', done: false });
    await admin.query(`alter table ${name} replica identity full`);
    await admin.query(`update ${name} set task = 'c' where id = 1`);
    expect((await todos.one()).new).toEqual({
      id: 1,
      task: 'c',
      done: false,
      note: 'x'.repeat(9000),
    });
  });

  test('the message on the wire has the reference shape, to the key', async () => {
    const name = await table(admin, 'id int8 primary key, task text');
    const raw = await Raw.open();
    const binding = { event: 'UPDATE', schema: 'public', table: name };
    const reply = await raw.listening('realtime:wire', binding);
    const [echo] = (reply.payload.response as { postgres_changes: { id: number }[] }).postgres_changes;
    await admin.query(`insert into ${name} values (7, 'x')`);
    await admin.query(`update ${name} set task = 'y'`);
    const message = await raw.event('postgres_changes');
    const data = message.payload.data as { commit_timestamp: string };
    expect([message.joinRef, message.ref, message.topic]).toEqual([null, null, 'realtime:wire']);
    expect(message.payload).toEqual({
      ids: [echo?.id],
      data: {
        schema: 'public',
        table: name,
        commit_timestamp: data.commit_timestamp,
        type: 'UPDATE',
        columns: [
          { name: 'id', type: 'int8' },
          { name: 'task', type: 'text' },
        ],
        record: { id: 7, task: 'y' },
        old_record: { id: 7 },
        errors: null,
      },
    });
  });
});

describe('what a subscription selects', () => {
  test('the server sends only the events that were asked for', async () => {
    const name = await table(admin, TASKS);
    const raw = await Raw.open();
    await raw.listening('realtime:events', { event: 'DELETE', schema: 'public', table: name });
    await admin.query(`insert into ${name} (id) values (1)`);
    await admin.query(`update ${name} set task = 'x'`);
    await admin.query(`delete from ${name}`);
    const first = await raw.event('postgres_changes');
    expect((first.payload.data as { type: string }).type).toBe('DELETE');
    expect(raw.inbox.filter((m) => m.event === 'postgres_changes')).toEqual([]);
  });

  test('a table alone means schema public', async () => {
    const name = await table(admin, TASKS);
    const todos = await listen(supabase(), { event: '*', table: name });
    await admin.query(`insert into ${name} (id) values (3)`);
    expect((await todos.one()).new.id).toBe(3);
  });

  test('a whole schema by wildcard, whether the table is left out or a star', async () => {
    const one = await table(admin, TASKS);
    const other = await table(admin, 'key text primary key');
    for (const binding of [
      { event: '*', schema: 'public' },
      { event: '*', schema: 'public', table: '*' },
      { event: '*', schema: '*' },
    ]) {
      const all = await listen(supabase(), binding);
      await admin.query(`insert into ${one} (id) values (1)`);
      await admin.query(`insert into ${other} values ('k')`);
      const seen = (await all.take(2)).map((change) => [change.table, change.new]);
      expect(seen).toEqual([
        [one, { id: 1, task: null, done: false, note: null }],
        [other, { key: 'k' }],
      ]);
      await admin.query(`truncate ${one}, ${other}`);
      await all.channel.unsubscribe();
    }
  });

  test('a table that joins the publication later is covered by a wildcard', async () => {
    const all = await listen(supabase(), { event: 'INSERT', schema: 'public', table: '*' });
    const late = await table(admin, 'id int primary key');
    await admin.query(`insert into ${late} values (1)`);
    const change = await all.one();
    expect([change.table, change.new]).toEqual([late, { id: 1 }]);
  });

  test('a column added while listening is in the next row', async () => {
    const name = await table(admin, 'id int primary key');
    const rows = await listen(supabase(), { event: '*', schema: 'public', table: name });
    await admin.query(`insert into ${name} values (1)`);
    expect((await rows.one()).new).toEqual({ id: 1 });
    await admin.query(`alter table ${name} add column more text default 'm'`);
    await admin.query(`insert into ${name} values (2)`);
    expect((await rows.one()).new).toEqual({ id: 2, more: 'm' });
  });

  test('select keeps its columns and the key, in row and old row, and filters may use others', async () => {
    const name = await table(admin, TASKS);
    await admin.query(`alter table ${name} replica identity full`);
    const todos = await listen(supabase(), {
      event: '*',
      schema: 'public',
      table: name,
      select: ['task'],
      filter: 'note=eq.keep',
    });
    await admin.query(`insert into ${name} values (1, 'a', true, 'drop'), (2, 'b', true, 'keep')`);
    expect((await todos.one()).new).toEqual({ id: 2, task: 'b' });
    await admin.query(`update ${name} set done = false where id = 2`);
    expect((await todos.one()).old).toEqual({ id: 2, task: 'b' });
  });

  test('several bindings that match are one message with all their ids', async () => {
    const name = await table(admin, TASKS);
    const raw = await Raw.open();
    const reply = await raw.listening(
      'realtime:several',
      { event: '*', schema: 'public', table: name },
      { event: 'INSERT', schema: 'public', table: name, filter: 'id=gt.5' },
      { event: 'INSERT', schema: 'public', table: name, filter: 'id=lt.5' },
    );
    const echoed = (reply.payload.response as { postgres_changes: { id: number }[] }).postgres_changes;
    await admin.query(`insert into ${name} (id) values (9)`);
    const message = await raw.event('postgres_changes');
    expect([...(message.payload.ids as number[])].sort()).toEqual([echoed[0]?.id, echoed[1]?.id].sort());
    await admin.query(`insert into ${name} (id) values (1)`);
    const second = await raw.event('postgres_changes');
    expect([...(second.payload.ids as number[])].sort()).toEqual([echoed[0]?.id, echoed[2]?.id].sort());
  });

  test('bindings of one channel with different selects get their own columns each', async () => {
    const name = await table(admin, TASKS);
    const listening = new Listening(supabase().channel(unique('room')));
    const whole: ChangeSeen[] = [];
    const part: ChangeSeen[] = [];
    listening.on({ event: '*', schema: 'public', table: name }, whole);
    listening.on({ event: '*', schema: 'public', table: name, select: ['task'] }, part);
    await listening.subscribe();
    await admin.query(`insert into ${name} (id, task) values (1, 'a')`);
    await until(() => whole.length > 0 && part.length > 0, 'both bindings');
    expect(whole[0]?.new).toEqual({ id: 1, task: 'a', done: false, note: null });
    expect(part[0]?.new).toEqual({ id: 1, task: 'a' });
    expect([whole.length, part.length]).toEqual([1, 1]);
  });

  test('a second channel on the socket has its own subscription', async () => {
    const name = await table(admin, TASKS);
    const client = supabase();
    const small = await listen(client, { event: '*', schema: 'public', table: name, filter: 'id=lt.10' });
    const large = await listen(client, { event: '*', schema: 'public', table: name, filter: 'id=gte.10' });
    await admin.query(`insert into ${name} (id) values (10), (1), (11), (2)`);
    expect((await small.take(2)).map((c) => c.new.id)).toEqual([1, 2]);
    expect((await large.take(2)).map((c) => c.new.id)).toEqual([10, 11]);
  });
});

describe('rows that leave a filter', () => {
  test('an update that moves a row out of the filter is not sent', async () => {
    const name = await table(admin, TASKS);
    await admin.query(`insert into ${name} (id, task) values (1, 'in'), (2, 'in')`);
    const todos = await listen(supabase(), {
      event: 'UPDATE',
      schema: 'public',
      table: name,
      filter: 'task=eq.in',
    });
    await admin.query(`update ${name} set task = 'out' where id = 1`);
    await admin.query(`update ${name} set note = 'n' where id = 2`);
    expect((await todos.one()).new.id).toBe(2);
  });

  test('a delete is matched by its old image', async () => {
    const name = await table(admin, TASKS);
    await admin.query(`insert into ${name} (id, task) values (1, 'a'), (2, 'b'), (3, 'a')`);
    const byTask = await listen(supabase(), {
      event: 'DELETE',
      schema: 'public',
      table: name,
      filter: 'task=eq.b',
    });
    const byKey = await listen(supabase(), {
      event: 'DELETE',
      schema: 'public',
      table: name,
      filter: 'id=eq.1',
    });
    // Under the default identity the old image has no `task`, so that filter never holds.
    await admin.query(`delete from ${name} where id = 2`);
    await admin.query(`delete from ${name} where id = 1`);
    expect((await byKey.one()).old).toEqual({ id: 1 });
    await admin.query(`alter table ${name} replica identity full`);
    await admin.query(`insert into ${name} (id, task) values (4, 'b')`);
    await admin.query(`delete from ${name} where id = 4`);
    expect((await byTask.one()).old).toEqual({ id: 4, task: 'b', done: false, note: null });
  });

  test('truncate says nothing', async () => {
    const name = await table(admin, TASKS);
    const todos = await listen(supabase(), { event: '*', table: name });
    await admin.query(`insert into ${name} (id) values (1)`);
    await todos.one();
    await admin.query(`truncate ${name}`);
    await admin.query(`insert into ${name} (id) values (2)`);
    expect(await todos.one()).toMatchObject({ eventType: 'INSERT', new: { id: 2 } });
  });
});

describe('transactions', () => {
  test('come whole and in commit order', async () => {
    const name = await table(admin, 'id int primary key, tx int');
    const rows = await listen(supabase(), { event: 'INSERT', table: name });
    const other = await administrator();
    await admin.query('begin');
    await admin.query(`insert into ${name} values (1, 1)`);
    await other.query('begin');
    await other.query(`insert into ${name} values (2, 2)`);
    await admin.query(`insert into ${name} values (3, 1)`);
    await other.query(`insert into ${name} values (4, 2)`);
    await other.query('commit');
    await admin.query('commit');
    await other.end();
    expect((await rows.take(4)).map((c) => c.new.id)).toEqual([2, 4, 1, 3]);
  });

  test('that roll back say nothing, nor do the savepoints of one that commits', async () => {
    const name = await table(admin, 'id int primary key');
    const rows = await listen(supabase(), { event: 'INSERT', table: name });
    await admin.query(`begin; insert into ${name} values (1); rollback`);
    await admin.query(
      `begin; insert into ${name} values (2); savepoint s; insert into ${name} values (3);
       rollback to s; insert into ${name} values (4); commit`,
    );
    expect((await rows.take(2)).map((c) => c.new.id)).toEqual([2, 4]);
  });

  test('of ten thousand rows are delivered to the last row, in order', async () => {
    const name = await table(admin, 'id int primary key, fill text');
    const rows = await listen(supabase(), { event: 'INSERT', table: name });
    await admin.query(`insert into ${name} select n, repeat('f', 100) from generate_series(1, 10000) n`);
    const ids = (await rows.take(10_000)).map((change) => change.new.id);
    expect(ids).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
  });
});

describe('tables that cannot be shown whole', () => {
  test('a table without a primary key gives the reference error shape', async () => {
    const name = await table(admin, 'a int, b text');
    await admin.query(`alter table ${name} replica identity full`);
    const rows = await listen(supabase(), { event: '*', schema: 'public', table: name, filter: 'a=eq.99' });
    await admin.query(`insert into ${name} values (1, 'x')`);
    expect(await rows.one()).toMatchObject({
      eventType: 'INSERT',
      new: {},
      errors: ['Error 400: Bad Request, no primary key'],
      commit_timestamp: null,
    });
  });

  test('a column without the privilege vanishes from the row', async () => {
    const name = await table(admin, 'id int primary key, shown text, hidden text');
    await admin.query(`alter table ${name} replica identity full`);
    await admin.query(`revoke select on ${name} from anon`);
    await admin.query(`grant select (id, shown) on ${name} to anon`);
    await catalogueRead();
    const anon = await listen(supabase(), { event: '*', table: name });
    const service = await listen(supabase({ key: connection.serviceRoleKey }), {
      event: '*',
      table: name,
    });
    await admin.query(`insert into ${name} values (1, 's', 'h')`);
    expect((await anon.one()).new).toEqual({ id: 1, shown: 's' });
    expect((await service.one()).new).toEqual({ id: 1, shown: 's', hidden: 'h' });
    await admin.query(`delete from ${name}`);
    expect((await anon.one()).old).toEqual({ id: 1, shown: 's' });
  });

  test('without the privilege on a key column a change is an error 401', async () => {
    const name = await table(admin, 'id int primary key, shown text');
    await admin.query(`revoke select on ${name} from anon`);
    await admin.query(`grant select (shown) on ${name} to anon`);
    await catalogueRead();
    const rows = await listen(supabase(), { event: '*', table: name });
    await admin.query(`insert into ${name} values (1, 's')`);
    expect(await rows.one()).toMatchObject({ new: {}, errors: ['Error 401: Unauthorized'] });
  });

  test('a row above one MiB keeps its short values and says 413', async () => {
    const name = await table(admin, 'id int primary key, small text, big text');
    const rows = await listen(supabase(), { event: '*', table: name });
    await admin.query(`insert into ${name} values (1, 's', repeat('x', 1100000))`);
    expect(await rows.one()).toMatchObject({
      new: { id: 1, small: 's' },
      errors: ['Error 413: Payload Too Large'],
    });
  });

  test('row policies decide who is told, and a role that bypasses them hears all', async () => {
    const name = await table(admin, 'id int primary key, owner text, secret text');
    await admin.query(`alter table ${name} replica identity full`);
    await admin.query(`alter table ${name} enable row level security`);
    await admin.query(`create policy theirs on ${name} for select to anon using (owner = 'anon')`);
    await catalogueRead();
    const anon = await listen(supabase(), { event: '*', table: name });
    const service = await listen(supabase({ key: connection.serviceRoleKey }), {
      event: '*',
      table: name,
    });
    await admin.query(`insert into ${name} values (1, 'else', 's1'), (2, 'anon', 's2')`);
    expect((await service.one()).new).toEqual({ id: 1, owner: 'else', secret: 's1' });
    expect((await service.one()).new).toEqual({ id: 2, owner: 'anon', secret: 's2' });
    expect((await anon.one()).new).toEqual({ id: 2, owner: 'anon', secret: 's2' });
    await admin.query(`delete from ${name} where id = 1`);
    await admin.query(`delete from ${name} where id = 2`);
    expect(await anon.one()).toMatchObject({ eventType: 'DELETE', old: { id: 2 } });
    expect(anon.changes).toEqual([]);
  });

  test('a table with row security and no policy shows nothing to those whom it binds', async () => {
    const name = await table(admin, 'id int primary key, secret text');
    const guard = await table(admin, 'id int primary key');
    await admin.query(`alter table ${name} enable row level security`);
    await catalogueRead();
    const client = supabase();
    const rows = await listen(client, { event: '*', table: name });
    const marker = await listen(client, { event: '*', table: guard });
    await admin.query(`insert into ${name} values (1, 's')`);
    await admin.query(`insert into ${guard} values (1)`);
    await marker.one();
    expect(rows.changes).toEqual([]);
  });

  test('row security that is switched on while listening ends what is shown', async () => {
    const name = await table(admin, 'id int primary key, secret text');
    const guard = await table(admin, 'id int primary key');
    const client = supabase();
    const rows = await listen(client, { event: '*', table: name });
    const marker = await listen(client, { event: '*', table: guard });
    await admin.query(`insert into ${name} values (1, 'public')`);
    expect((await rows.one()).new).toEqual({ id: 1, secret: 'public' });
    await admin.query(`alter table ${name} enable row level security`);
    await admin.query(`insert into ${name} values (2, 'secret')`);
    await admin.query(`insert into ${guard} values (1)`);
    await marker.one();
    expect(rows.changes).toEqual([]);
  });
});
