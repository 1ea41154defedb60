import type { SupabaseClient } from '@supabase/supabase-js';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../support/policies.ts';
import { kind3, Raw } from '../support/raw.ts';
import { Member } from '../support/room.ts';
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

const PRIVATE = { private: true };
const SECRET = 'the-cake-is-a-lie';

let admin: pg.Client;

/**
 * What a caller may do in a topic is a list in its token: `hear.broadcast`, `say.presence` and so
 * on, for topics that begin with `club`; nobody may do anything elsewhere.
 */
beforeAll(async () => {
  admin = await administrator();
  const may = (verb: string) =>
    `realtime.topic() like 'club%' and (auth.jwt() -> 'may') ? ('${verb}.' || extension)`;
  const dropRead = await policy(admin, 'select', may('hear'));
  const dropWrite = await policy(admin, 'insert', may('say'));
  drop = async () => {
    await dropRead();
    await dropWrite();
  };
});

let drop: () => Promise<void>;

afterAll(async () => {
  await drop();
  const left = await admin.query(`select count(*)::int as n from realtime.messages where event is null`);
  await admin.end();
  expect(left.rows[0].n).toBe(0);
});

const ALL = ['hear.broadcast', 'hear.presence', 'say.broadcast', 'say.presence'];

function jwt(...may: string[]): string {
  return token({
    role: 'authenticated',
    sub: '7c1e0000-0000-4000-8000-000000000001',
    may,
    exp: inSeconds(600),
  });
}

/** Somebody with these rights. */
function someone(...may: string[]): SupabaseClient {
  const own = jwt(...may);
  return supabase({ accessToken: async () => own });
}

async function refusedJoin(client: SupabaseClient, topic: string, config = {}): Promise<string> {
  const member = Member.of(client, topic, { ...PRIVATE, ...config });
  member.subscribe();
  await until(() => member.errors.length > 0, `a refusal, saw ${member.statuses}`);
  return member.errors[0] as string;
}

function unauthorized(topic: string): string {
  return `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`;
}

describe('a private room', () => {
  test('is closed to those whom no policy lets in, in both versions and by every way', async () => {
    const topic = unique('club');
    expect(await refusedJoin(supabase(), topic)).toContain(unauthorized(topic));
    expect(await refusedJoin(someone('say.broadcast', 'say.presence'), topic)).toContain(unauthorized(topic));
    expect(await refusedJoin(someone(...ALL), unique('elsewhere'))).toContain('Unauthorized: ');
    const replay = { broadcast: { replay: { since: 1, limit: 25 } } };
    expect(await refusedJoin(supabase(), topic, replay)).toContain(unauthorized(topic));
    expect(
      await refusedJoin(someone('hear.presence'), topic, { ...replay, presence: { enabled: true } }),
    ).toContain(unauthorized(topic));

    const inside = await Member.join(someone(...ALL), topic, { ...PRIVATE, broadcast: { self: true } });
    for (const vsn of ['1.0.0', '2.0.0']) {
      const raw = await Raw.open({ vsn });
      const name = `realtime:${topic}`;
      const reply = await raw.join(name, { ...PRIVATE, presence: { enabled: true } });
      expect(reply.payload).toEqual({ status: 'error', response: { reason: unauthorized(topic) } });
      raw.push(name, 'broadcast', { type: 'broadcast', event: 'forged', payload: {} });
      raw.push(name, 'presence', { type: 'presence', event: 'track', payload: { forged: 1 } });
      if (vsn === '2.0.0') {
        raw.send(kind3({ joinRef: '1', ref: '77', topic: name, event: 'forged', payload: '{}' }));
      }
      expect((await raw.event('phx_reply')).payload.status).toBe('error');
      // The public room of the same name is another one.
      await raw.joined(name);
      raw.push(name, 'broadcast', { type: 'broadcast', event: 'forged', payload: {} });
      await raw.heartbeat();
      await inside.say('secret', { text: SECRET });
      await inside.next();
      await raw.heartbeat();
      expect(JSON.stringify(raw.inbox)).not.toContain(SECRET);
    }
    expect(inside.heard).toEqual([]);
  });

  test('lets members talk who may, and keeps the order of one sender', async () => {
    const topic = unique('club');
    const anna = await Member.join(someone(...ALL), topic, { ...PRIVATE, broadcast: { ack: true } });
    const ben = await Member.join(someone('hear.broadcast'), topic, PRIVATE);
    const acks = Array.from({ length: 50 }, (_, n) => anna.say('count', { n }));
    for (let n = 0; n < 50; n++) expect((await ben.next()).payload).toEqual({ n });
    expect(new Set(await Promise.all(acks))).toEqual(new Set(['ok']));
  });

  test('of what a reader says nothing is heard, and no ack comes', async () => {
    const topic = unique('club');
    const anna = await Member.join(someone(...ALL), topic, PRIVATE);
    const raw = await Raw.open({ apikey: jwt('hear.broadcast') });
    const name = `realtime:${topic}`;
    await raw.joined(name, { ...PRIVATE, broadcast: { ack: true, self: true } });
    raw.push(name, 'broadcast', { type: 'broadcast', event: 'mine', payload: {} }, 'b1');
    raw.push(name, 'presence', { type: 'presence', event: 'track', payload: { a: 1 } }, 'p1');
    expect((await raw.reply('p1')).payload).toEqual({ status: 'error', response: {} });
    await anna.say('theirs', {});
    await raw.event('<binary>');
    await raw.heartbeat();
    expect(raw.inbox).toEqual([]);
    expect(anna.heard).toEqual([]);
  });

  test('who may only see presence hears no broadcast', async () => {
    const topic = unique('club');
    const name = `realtime:${topic}`;
    const anna = await Member.join(someone(...ALL), topic, { ...PRIVATE, presence: { key: 'anna' } });
    const raw = await Raw.open({ apikey: jwt('hear.presence') });
    await raw.joined(name, { ...PRIVATE, presence: { enabled: true }, broadcast: { self: true } });
    expect((await raw.event('presence_state')).payload).toEqual({});
    await anna.say('secret', { text: SECRET });
    expect(await anna.channel.track({ at: 'bar' })).toBe('ok');
    expect(JSON.stringify((await raw.event('presence_diff')).payload)).toContain('"at":"bar"');
    await raw.heartbeat();
    expect(raw.inbox).toEqual([]);
  });

  test('who may only hear broadcasts sees no presence', async () => {
    const topic = unique('club');
    const name = `realtime:${topic}`;
    const anna = await Member.join(someone(...ALL), topic, { ...PRIVATE, presence: { key: 'anna' } });
    expect(await anna.channel.track({ at: SECRET })).toBe('ok');
    const raw = await Raw.open({ apikey: jwt('hear.broadcast') });
    await raw.joined(name, { ...PRIVATE, presence: { enabled: true } });
    await anna.channel.track({ at: `${SECRET}-2` });
    await anna.say('hello', {});
    await raw.event('<binary>');
    await raw.heartbeat();
    expect(raw.inbox).toEqual([]);
  });

  test('a token with fewer rights ends what it no longer allows, one without ends all', async () => {
    const topic = unique('club');
    const name = `realtime:${topic}`;
    const anna = await Member.join(someone(...ALL), topic, { ...PRIVATE, broadcast: { self: true } });
    const raw = await Raw.open({ apikey: jwt(...ALL) });
    const heard: string[] = [];
    raw.socket.on('message', (data: Buffer, binary) => heard.push(binary ? 'broadcast' : data.toString()));
    /** Says something and waits until the room has been told. */
    const say = async () => {
      await anna.say('secret', { text: SECRET });
      await anna.next();
      await raw.heartbeat();
    };
    const join = await raw.joined(name, { ...PRIVATE, presence: { enabled: true } });
    await raw.event('presence_state');
    raw.push(name, 'presence', { type: 'presence', event: 'track', payload: { a: 1 } }, 'p1');
    await raw.reply('p1');
    await raw.event('presence_diff');
    await say();
    expect(heard).toContain('broadcast');

    raw.push(name, 'access_token', { access_token: jwt('hear.presence', 'say.presence') });
    await until(async () => {
      await say();
      const before = heard.length;
      for (let n = 0; n < 3; n++) await say();
      return !heard.slice(before).includes('broadcast');
    }, 'broadcasts to stop');

    raw.push(name, 'access_token', { access_token: jwt('say.broadcast') });
    for (let n = 0; n < 3; n++) await say();
    expect((await raw.event('system')).payload).toMatchObject({
      status: 'error',
      message: `You no longer have permission to read from this Channel topic: ${topic}`,
    });
    expect((await raw.event('phx_close')).ref).toBe(join.ref);
    await say();
    const last = heard.slice(heard.findIndex((text) => text.includes('phx_close')) + 1);
    expect(last.filter((text) => !text.includes('phx_reply'))).toEqual([]);
  });

  test('a policy that is dropped closes the room, without anybody saying a word', async () => {
    const open = await policy(admin, 'select', `realtime.topic() like 'pub%'`);
    cleanUp(open);
    const topic = unique('pub');
    const raw = await Raw.open({ apikey: jwt() });
    await raw.joined(`realtime:${topic}`, PRIVATE);
    await open();
    expect((await raw.event('system')).payload.message).toContain('You no longer have permission');
    await raw.event('phx_close');
  });

  test('a policy that fails lets nobody in', async () => {
    const broken = await policy(
      admin,
      'select',
      `realtime.topic() like 'broken%' and 1 / (random() * 0)::int = 1`,
    );
    cleanUp(broken);
    expect(await refusedJoin(someone(), unique('broken'))).toContain('Unauthorized: ');
  });
});

describe('a private room by HTTP', () => {
  const post = (path: string, body: unknown, key: string) =>
    fetch(connection.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });

  test('takes messages of those who may write, and drops or refuses others', async () => {
    const topic = unique('club');
    const anna = await Member.join(someone(...ALL), topic, PRIVATE);
    const single = `/realtime/v1/api/broadcast/${topic}/events/one?private=true`;
    for (const key of [connection.anonKey, jwt('hear.broadcast', 'say.presence')]) {
      const refused = await post(single, { text: 'forged' }, key);
      expect([refused.status, await refused.json()]).toEqual([403, { message: 'Unauthorized' }]);
      const messages = [{ topic, event: 'many', payload: { text: 'forged' }, private: true }];
      expect((await post('/realtime/v1/api/broadcast', { messages }, key)).status).toBe(202);
    }
    const writer = jwt('say.broadcast');
    expect((await post(single, { text: 'true' }, writer)).status).toBe(202);
    expect(await anna.next()).toMatchObject({ event: 'one', payload: { text: 'true' } });
    const messages = [1, 2, 3].map((n) => ({ topic, event: 'many', payload: { n }, private: true }));
    expect((await post('/realtime/v1/api/broadcast', { messages }, writer)).status).toBe(202);
    for (const n of [1, 2, 3]) expect((await anna.next()).payload).toEqual({ n });
    expect(anna.heard).toEqual([]);
  });

  test('httpSend works with the rights of the token', async () => {
    const topic = unique('club');
    const anna = await Member.join(someone(...ALL), topic, PRIVATE);
    const ben = Member.of(someone('say.broadcast'), topic, PRIVATE);
    expect(await ben.channel.httpSend('e', { n: 1 })).toEqual({ success: true });
    expect((await anna.next()).payload).toEqual({ n: 1 });
  });

  test('presence is told to those who may see it', async () => {
    const topic = unique('club');
    const look = (key: string, query = '?private=true') =>
      fetch(`${connection.url}/realtime/v1/presence/${topic}${query}`, {
        headers: { authorization: `Bearer ${key}`, origin: 'https://elsewhere.example' },
      });
    const anna = await Member.join(someone(...ALL), topic, { ...PRIVATE, presence: { key: 'anna' } });
    expect(await (await look(jwt('hear.presence'))).json()).toEqual({});
    await anna.channel.track({ at: 'bar' });
    const seen = await look(jwt('hear.presence'));
    expect(seen.headers.get('cache-control')).toBe('no-store');
    expect(seen.headers.get('access-control-allow-origin')).toBeTruthy();
    expect(await seen.json()).toMatchObject({ anna: { metas: [{ at: 'bar' }] } });

    for (const key of [connection.anonKey, jwt('hear.broadcast', 'say.presence')]) {
      const refused = await look(key);
      expect(refused.status).toBe(403);
      expect(await refused.text()).not.toContain('bar');
    }
    expect(await (await look(connection.anonKey, '')).json()).toEqual({});
    expect((await look('garbage', '')).status).toBe(401);
    expect((await fetch(`${connection.url}/realtime/v1/presence/${topic}`)).status).toBe(401);
  });
});
