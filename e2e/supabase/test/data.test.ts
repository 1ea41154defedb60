import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  administrator,
  cleanUp,
  connection,
  inSeconds,
  supabase,
  token,
  unique,
  until,
} from '../support/world.ts';

// What the unmodified client asks for and must get, call by call. Everything lives in one schema of
// tables with names of this run, which goes at the end.

const tag = unique('d').slice(2);
const jobs = `jobs_${tag}`;
const items = `items_${tag}`;
const companies = `companies_${tag}`;
const found = `found_${tag}`;
const ping = `ping_${tag}`;
const quiet = `quiet_${tag}`;
const total = `total_${tag}`;

let admin: pg.Client;
beforeAll(async () => {
  admin = await administrator();
  await admin.query(`
    create table ${companies} (id int primary key, name text not null, active bool default true);
    create table ${jobs} (
      id int primary key, title text, state text default 'open', total numeric(10,2), company_id int
        constraint ${jobs}_company_fkey references ${companies}, tags text[], meta jsonb, span int4range,
      words tsvector, version int default 1, created_at timestamptz default '2026-01-01');
    create table ${items} (id int primary key, job_id int references ${jobs} on delete cascade, name text, pos int);
    create function ${found}(q text, lim int default 10) returns setof ${companies} language sql stable
      as $$ select * from ${companies} where name ilike '%' || q || '%' order by id limit lim $$;
    create function ${ping}() returns text language sql immutable as $$ select 'pong' $$;
    create function ${quiet}() returns void language sql as $$ select $$;
    create function ${total}(ids int[], n int default null) returns int language sql stable
      as $$ select sum(i)::int from unnest(ids) i $$;
  `);
});
afterAll(async () => {
  await admin.query(`
    drop function ${found}; drop function ${ping}; drop function ${quiet}; drop function ${total};
    drop table ${items}, ${jobs}, ${companies};
  `);
  await admin.end();
});
beforeEach(async () => {
  await admin.query(`
    truncate ${companies} cascade;
    insert into ${companies} values (1, 'Acme & Co'), (2, 'Äpfel, Birnen');
    insert into ${jobs} (id, title, state, total, company_id, tags, meta, span, words) values
      (1, 'x y', 'open', 10.5, 1, '{a,b}', '{"x":"1","a":1}', '[1,5)', to_tsvector('a b')),
      (2, 'two', 'b,c', 20, 1, '{"p","q r"}', '{"x":"2"}', '[5,9)', to_tsvector('c')),
      (3, null, 'd"e', null, 2, null, null, null, null);
    insert into ${items} values (1, 1, 'bolt', 2), (2, 1, 'nut', 1);
  `);
});

const ids = (answer: { data: unknown; error: unknown }) => {
  expect(answer.error).toBeNull();
  return (answer.data as { id: number }[]).map((row) => row.id);
};

describe('reads', () => {
  test('all rows', async () => {
    const { data, status } = await supabase().from(companies).select('*').order('id');
    expect(status).toBe(200);
    expect(data).toEqual([
      { id: 1, name: 'Acme & Co', active: true },
      { id: 2, name: 'Äpfel, Birnen', active: true },
    ]);
  });

  test('a page with its total, and beyond the end', async () => {
    const client = supabase();
    const page = await client
      .from(jobs)
      .select('*', { count: 'exact' })
      .order('created_at', { ascending: false })
      .order('id')
      .range(0, 1);
    expect([page.status, page.count, page.data?.length]).toEqual([206, 3, 2]);
    const all = await client.from(jobs).select('*', { count: 'exact' });
    expect([all.status, all.count]).toEqual([200, 3]);
    const beyond = await client.from(jobs).select('*', { count: 'exact' }).range(100, 110);
    expect([beyond.status, beyond.error?.code]).toEqual([416, 'PGRST103']);
    const head = await client.from(jobs).select('*', { count: 'exact', head: true });
    expect([head.status, head.count, head.data]).toEqual([200, 3, null]);
  });

  test('keyset pages that neither skip nor repeat a row while others are inserted', async () => {
    const client = supabase();
    await admin.query(`
      delete from ${jobs};
      insert into ${jobs} (id, title, created_at)
        select n, 'page', timestamptz '2026-01-01' + (n / 4) * interval '1 second'
        from generate_series(1, 120) n
    `);
    const seen: number[] = [];
    let last: { id: number; created_at: string } | undefined;
    for (let page = 0; page < 10; page++) {
      let query = client.from(jobs).select('id,created_at').eq('title', 'page');
      if (last) {
        // Many rows have one time: the key decides among them.
        query = query.or(
          `created_at.lt."${last.created_at}",and(created_at.eq."${last.created_at}",id.lt.${last.id})`,
        );
      }
      const { data, error } = await query
        .order('created_at', { ascending: false })
        .order('id', { ascending: false })
        .limit(50);
      expect(error).toBeNull();
      if (!data || data.length === 0) {
        break;
      }
      seen.push(...data.map((row) => row.id));
      last = data.at(-1);
      // Before what was read, where an offset would show rows of the last page again.
      await admin.query(
        `insert into ${jobs} (id, title, created_at)
          select 1000 + ${page * 10} + n, 'page', '2026-02-01' from generate_series(1, 7) n`,
      );
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, i) => 120 - i));
  });

  test('order, with nulls where one wants them', async () => {
    const client = supabase();
    expect(
      ids(await client.from(jobs).select('id').order('total', { nullsFirst: true }).order('id'))[0],
    ).toBe(3);
    expect(
      ids(await client.from(jobs).select('id').order('total', { ascending: false, nullsFirst: false })),
    ).toEqual([2, 1, 3]);
  });

  test('embeds, renames, casts', async () => {
    const { data, error } = await supabase()
      .from(jobs)
      .select(
        `id,status:state,total::text,${items}(name),customer:${companies}!${jobs}_company_fkey(id,name)`,
      )
      .order('pos', { referencedTable: items })
      .limit(5, { referencedTable: items })
      .eq('id', 1)
      .single();
    expect(error).toBeNull();
    expect(data).toEqual({
      id: 1,
      status: 'open',
      total: '10.50',
      [items]: [{ name: 'nut' }, { name: 'bolt' }],
      customer: { id: 1, name: 'Acme & Co' },
    });
  });

  test('an inner embed filters its parent', async () => {
    const answer = await supabase()
      .from(jobs)
      .select(`id,${companies}!inner(name)`)
      .eq(`${companies}.name`, 'Acme & Co')
      .order('id');
    expect(ids(answer)).toEqual([1, 2]);
  });

  test('comparisons, lists, arrays, JSON, ranges, text search', async () => {
    const from = () => supabase().from(jobs).select('id').order('id');
    expect(ids(await from().eq('title', 'x y'))).toEqual([1]);
    expect(ids(await from().neq('id', 1))).toEqual([2, 3]);
    expect(ids(await from().gt('total', 10.5))).toEqual([2]);
    expect(ids(await from().gte('created_at', '2026-01-01T00:00:00+00:00').lt('total', 15))).toEqual([1]);
    expect(ids(await from().lte('total', 20))).toEqual([1, 2]);
    expect(ids(await from().like('title', '%_y'))).toEqual([1]);
    expect(ids(await from().ilike('title', 'TW%'))).toEqual([2]);
    expect(ids(await from().is('title', null))).toEqual([3]);
    expect(ids(await from().in('state', ['open', 'b,c', 'd"e', '(x)']))).toEqual([1, 2, 3]);
    expect(ids(await from().contains('tags', ['a', 'b']))).toEqual([1]);
    expect(ids(await from().containedBy('tags', ['a', 'b', 'c']))).toEqual([1]);
    expect(ids(await from().overlaps('tags', ['p', 'q r']))).toEqual([2]);
    expect(ids(await from().contains('meta', { a: 1 }))).toEqual([1]);
    expect(ids(await from().rangeGt('span', '[0,3)'))).toEqual([2]);
    expect(ids(await from().rangeLt('span', '[6,9)'))).toEqual([1]);
    expect(ids(await from().rangeGte('span', '[5,9)'))).toEqual([2]);
    expect(ids(await from().rangeLte('span', '[0,5)'))).toEqual([1]);
    expect(ids(await from().rangeAdjacent('span', '[9,12)'))).toEqual([2]);
    expect(ids(await from().textSearch('words', "'a' & 'b'", { config: 'simple' }))).toEqual([]);
    expect(ids(await from().textSearch('words', 'c', { type: 'websearch' }))).toEqual([2]);
    expect(ids(await from().textSearch('title', 'two', { type: 'plain', config: 'english' }))).toEqual([2]);
    expect(ids(await from().not('title', 'is', null).not('id', 'in', '(1,2)'))).toEqual([]);
    expect(ids(await from().or('id.eq.1,and(title.is.null,state.eq."d\\"e")'))).toEqual([1, 3]);
    expect(ids(await from().eq('meta->>x', '2'))).toEqual([2]);
    expect(ids(await from().likeAnyOf('title', ['x%', 'tw%']))).toEqual([1, 2]);
    expect(ids(await from().match({ id: 1, state: 'open' }))).toEqual([1]);
    expect(ids(await from().filter('id', 'gte', 2))).toEqual([2, 3]);
  });

  test('a long list of values', async () => {
    const values = Array.from(
      { length: 1_200 },
      (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    );
    const answer = await supabase().from(jobs).select('id').in('title', values);
    expect(ids(answer)).toEqual([]);
  });

  test('one row, perhaps one, CSV, without nulls', async () => {
    const client = supabase();
    expect((await client.from(jobs).select('id,meta->>x').eq('id', 1).single()).data).toEqual({
      id: 1,
      x: '1',
    });
    const none = await client.from(jobs).select('id').eq('id', 9).single();
    expect([none.status, none.error?.code, none.error?.details]).toEqual([
      406,
      'PGRST116',
      'The result contains 0 rows',
    ]);
    expect(await client.from(jobs).select('id').eq('id', 9).maybeSingle()).toMatchObject({
      data: null,
      error: null,
    });
    expect((await client.from(jobs).select('id').maybeSingle()).error?.code).toBe('PGRST116');
    expect((await client.from(companies).select('id,name').eq('id', 1).csv()).data).toBe(
      'id,name\n1,"Acme & Co"',
    );
    expect((await client.from(jobs).select('id,title').eq('id', 3).stripNulls()).data).toEqual([{ id: 3 }]);
    const plan = await client.from(jobs).select('id').explain({ analyze: true, format: 'json' });
    expect([plan.status, plan.error?.code]).toEqual([406, 'PGRST107']);
  });

  test('a schema that is not exposed', async () => {
    const answer = await supabase().schema('auth').from('users').select('*');
    expect([answer.status, answer.error?.code]).toEqual([406, 'PGRST106']);
  });
});

describe('writes', () => {
  test('a versioned update hits or misses', async () => {
    const client = supabase();
    const update = () =>
      client.from(jobs).update({ state: 'done', version: 2 }).eq('id', 1).eq('version', 1).select().single();
    const hit = await update();
    expect([hit.status, hit.data?.version]).toEqual([200, 2]);
    const miss = await update();
    expect([miss.status, miss.error?.code]).toEqual([406, 'PGRST116']);
  });

  test('on a strict table a bare versioned update that misses is an error, not silence', async () => {
    const strict = unique('strict');
    await admin.query(`
      create table ${strict} (id int primary key, state text);
      insert into ${strict} values (1, 'open');
      select lockstep.track('${strict}', strict_version => true);
    `);
    cleanUp(() => admin.query(`drop table ${strict}`));
    const client = supabase({ key: connection.serviceRoleKey });
    const update = (state: string) => client.from(strict).update({ state }).eq('id', 1).eq('version', 1);
    await until(async () => !(await client.from(strict).select()).error, 'the table in the API');
    expect(await update('mine')).toMatchObject({ error: null, status: 204 });
    const miss = await update('late');
    expect(miss.status).toBe(406);
    expect(miss.error).toMatchObject({ code: 'PGRST116', details: 'The result contains 0 rows' });
    expect((await client.from(strict).select('state, version')).data).toEqual([
      { state: 'mine', version: 2 },
    ]);
    expect(await client.from(strict).update({ state: 'x' }).eq('id', 9)).toMatchObject({
      error: null,
      status: 204,
    });
  });

  test('an update tells nothing, or how many, or what', async () => {
    const client = supabase();
    expect(await client.from(jobs).update({ state: 'late' }).eq('id', 1)).toMatchObject({
      status: 204,
      error: null,
    });
    const counted = await client
      .from(jobs)
      .update({ state: 'x' }, { count: 'exact' })
      .in('id', [1, 2])
      .select('id');
    expect([counted.status, counted.count, ids(counted).sort()]).toEqual([200, 2, [1, 2]]);
    const all = await client.from(jobs).update({ state: 'all' });
    expect([all.status, all.error?.code, all.error?.message]).toEqual([
      400,
      '21000',
      'UPDATE requires a WHERE clause',
    ]);
  });

  test('inserts, of one and of several', async () => {
    const client = supabase();
    expect(await client.from(jobs).insert({ id: 10 })).toMatchObject({
      status: 201,
      data: null,
      error: null,
    });
    const several = await client
      .from(jobs)
      .insert(
        [
          { id: 11, title: 'a' },
          { id: 12, state: 'late' },
        ],
        { defaultToNull: false, count: 'exact' },
      )
      .select('id,title,state');
    expect(several).toMatchObject({
      status: 201,
      count: 2,
      data: [
        { id: 11, title: 'a', state: 'open' },
        { id: 12, title: null, state: 'late' },
      ],
    });
    const twice = await client.from(jobs).insert({ id: 10 });
    expect([twice.status, twice.error?.code, twice.error?.details]).toEqual([
      409,
      '23505',
      'Key (id)=(10) already exists.',
    ]);
    const unknown = await client.from(jobs).insert({ id: 13, foo: 1 } as never);
    expect([unknown.status, unknown.error?.code]).toEqual([400, 'PGRST204']);
  });

  test('upserts', async () => {
    const client = supabase();
    const both = await client
      .from(companies)
      .upsert(
        [
          { id: 1, name: 'new' },
          { id: 7, name: 'seven' },
        ],
        { onConflict: 'id' },
      )
      .select('id,name');
    expect([both.status, both.data]).toEqual([
      201,
      [
        { id: 1, name: 'new' },
        { id: 7, name: 'seven' },
      ],
    ]);
    expect((await client.from(companies).upsert({ id: 1, name: 'again' }).select()).status).toBe(200);
    const ignored = await client
      .from(companies)
      .upsert({ id: 1, name: 'not' }, { ignoreDuplicates: true })
      .select();
    expect([ignored.status, ignored.data]).toEqual([201, []]);
  });

  test('deletes', async () => {
    const client = supabase();
    expect((await client.from(jobs).delete().eq('id', 1)).status).toBe(204);
    const counted = await client.from(jobs).delete({ count: 'exact' }).eq('id', 2).select('id');
    expect(counted).toMatchObject({ status: 200, count: 1, data: [{ id: 2 }] });
  });

  test('a bound on what is affected', async () => {
    // The client's types want to know the server's version for this; what it sends does not depend on it.
    const update = supabase().from(jobs).update({ state: 'x' }).in('id', [1, 2]) as unknown as {
      maxAffected(rows: number): PromiseLike<{ status: number; error: { code: string } | null }>;
    };
    const answer = await update.maxAffected(1);
    expect([answer.status, answer.error?.code]).toEqual([400, 'PGRST124']);
    expect((await admin.query(`select count(*)::int as n from ${jobs} where state = 'x'`)).rows).toEqual([
      { n: 0 },
    ]);
  });

  test('a rollback that is not allowed is not done', async () => {
    await supabase().from(companies).insert({ id: 30, name: 'stays' }).rollback();
    expect((await admin.query(`select count(*)::int as n from ${companies} where id = 30`)).rows).toEqual([
      { n: 1 },
    ]);
  });
});

describe('functions', () => {
  test('rows, scalars, nothing', async () => {
    const client = supabase();
    expect((await client.rpc(found, { q: 'acme', lim: 10 })).data).toEqual([
      { id: 1, name: 'Acme & Co', active: true },
    ]);
    expect((await client.rpc(ping)).data).toBe('pong');
    expect(await client.rpc(quiet)).toMatchObject({ status: 204, error: null });
    expect((await client.rpc(total, { ids: [1, 2] }, { get: true })).data).toBe(3);
    const head = await client.rpc(found, { q: 'e' }, { head: true, count: 'exact' });
    expect([head.count, head.data]).toEqual([2, null]);
  });

  test('filtered, ordered, paged', async () => {
    const answer = await supabase()
      .rpc(found, { q: 'e' }, { count: 'exact' })
      .select('id,name')
      .eq('active', true)
      .order('name')
      .range(0, 0);
    expect(answer).toMatchObject({ status: 206, count: 2, data: [{ id: 1, name: 'Acme & Co' }] });
  });

  test('one that is not there', async () => {
    const answer = await supabase().rpc(`${ping}x`);
    expect([answer.status, answer.error?.code]).toEqual([404, 'PGRST202']);
    const table = await supabase().from(`${jobs}x`).select();
    expect([table.status, table.error?.code]).toEqual([404, 'PGRST205']);
  });
});

describe('who asks', () => {
  test('row policies see the signed-in user', async () => {
    const name = unique('own');
    await admin.query(`
      create table ${name} (id int primary key, owner uuid default auth.uid());
      alter table ${name} enable row level security;
      create policy own on ${name} using (owner = auth.uid()) with check (owner = auth.uid())`);
    try {
      const as = (sub: string) =>
        supabase({
          accessToken: async () => token({ role: 'authenticated', sub, exp: inSeconds(600) }),
        });
      const ada = as('00000000-0000-4000-8000-00000000000a');
      const bo = as('00000000-0000-4000-8000-00000000000b');
      expect((await ada.from(name).insert({ id: 1 })).status).toBe(201);
      expect(ids(await ada.from(name).select())).toEqual([1]);
      expect(ids(await bo.from(name).select())).toEqual([]);
      expect(ids(await supabase({ key: connection.serviceRoleKey }).from(name).select())).toEqual([1]);
      const forged = await bo.from(name).insert({ id: 2, owner: '00000000-0000-4000-8000-00000000000a' });
      expect([forged.status, forged.error?.code]).toEqual([403, '42501']);
    } finally {
      await admin.query(`drop table ${name}`);
    }
  });

  test('an expired token is refused', async () => {
    const late = supabase({
      accessToken: async () => token({ role: 'authenticated', exp: inSeconds(-3600) }),
    });
    const answer = await late.from(jobs).select();
    expect([answer.status, answer.error?.message]).toEqual([401, 'JWT expired']);
  });

  test('what a write answered can be read after it', async () => {
    const write = await fetch(`${connection.url}/rest/v1/${companies}`, {
      method: 'POST',
      headers: { apikey: connection.anonKey, 'content-type': 'application/json' },
      body: JSON.stringify({ id: 40, name: 'forty' }),
    });
    expect(write.status).toBe(201);
    expect(write.headers.get('content-length')).toBe('0');
    const position = write.headers.get('lockstep-position') ?? '';
    expect(position).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    const read = await fetch(`${connection.url}/rest/v1/${companies}?id=eq.40`, {
      headers: { apikey: connection.anonKey, 'lockstep-position': position },
    });
    expect(await read.json()).toMatchObject([{ id: 40 }]);
  });

  test('a page of another origin may ask, and sees the range', async () => {
    const preflight = await fetch(`${connection.url}/rest/v1/${jobs}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://example.org',
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'x-anything,prefer',
      },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toBe('x-anything,prefer');
    const answer = await fetch(`${connection.url}/rest/v1/${jobs}`, {
      headers: { origin: 'https://example.org', apikey: connection.anonKey },
    });
    expect(answer.headers.get('access-control-expose-headers')).toContain('Content-Range');
    expect(answer.headers.get('vary')).toContain('Prefer');
  });
});
