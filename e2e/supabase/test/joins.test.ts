import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueRead } from '../support/feed.ts';
import { Raw, refusedHandshake } from '../support/raw.ts';
import { Member } from '../support/room.ts';
import {
  administrator,
  connection,
  inSeconds,
  Listening,
  supabase,
  table,
  token,
  unique,
  until,
} from '../support/world.ts';

describe('the handshake', () => {
  test.each(['/realtime/v1/websocket', '/socket/websocket'])('is served at %s', async (path) => {
    const raw = await Raw.open({ path });
    expect((await raw.heartbeat()).payload).toEqual({ status: 'ok', response: {} });
  });

  test('needs a key, in the query or in x-api-key', async () => {
    const none = await refusedHandshake({ apikey: null });
    expect([none.status, JSON.parse(none.body)]).toEqual([401, { error: 'API key is missing' }]);
    const raw = await Raw.open({ apikey: null, headers: { 'x-api-key': connection.anonKey } });
    await raw.heartbeat();
  });

  test('says what is wrong with a token', async () => {
    const secret = connection.jwtSecret;
    const refused = async (apikey: string) => {
      const { status, body } = await refusedHandshake({ apikey });
      return [status, JSON.parse(body).error];
    };
    expect(await refused('garbage')).toEqual([401, 'The token provided is not a valid JWT']);
    expect(await refused(token({ role: 'anon', exp: inSeconds(-5) }))).toEqual([401, 'Token has expired']);
    expect(await refused(token({ role: 'anon' }))).toEqual([
      401,
      'Fields `role` and `exp` are required in JWT',
    ]);
    expect(await refused(token({ role: 'anon', exp: inSeconds(60) }, `${secret}x`))).toEqual([
      401,
      'Failed to validate JWT signature',
    ]);
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = `${part({ alg: 'none' })}.${part({ role: 'service_role', exp: inSeconds(60) })}.`;
    expect((await refused(none))[0]).toBe(401);
  });

  test('takes versions 1 and 2 and nothing else', async () => {
    for (const vsn of ['1.0.0', '2.0.0', null]) {
      const raw = await Raw.open({ vsn });
      await raw.heartbeat();
    }
    expect((await refusedHandshake({ vsn: '3.0.0' })).status).toBe(403);
  });

  test('without a version the dialect is 1.0.0', async () => {
    const raw = await Raw.open({ vsn: null });
    raw.send('{"topic":"phoenix","event":"heartbeat","payload":{},"ref":0}');
    const answer = await raw.event('phx_reply');
    expect(JSON.parse(answer.text)).toEqual({
      topic: 'phoenix',
      event: 'phx_reply',
      payload: { status: 'ok', response: {} },
      ref: 0,
    });
  });
});

describe('a token in the join', () => {
  test('that is garbage, expired, or lacks its claims is refused with the reference reasons', async () => {
    const raw = await Raw.open();
    const reason = async (accessToken: string) => {
      const reply = await raw.join(`realtime:${unique('room')}`, {}, { access_token: accessToken });
      expect(reply.payload.status).toBe('error');
      return (reply.payload.response as { reason: string }).reason;
    };
    expect(await reason('garbage')).toBe('MalformedJWT: The token provided is not a valid JWT');
    expect(await reason(token({ role: 'anon', exp: inSeconds(-90) }))).toMatch(
      /^InvalidJWTToken: Token has expired 9\d seconds ago$/,
    );
    expect(await reason(token({ exp: inSeconds(60) }))).toBe(
      'InvalidJWTToken: Fields `role` and `exp` are required in JWT',
    );
    expect(await reason(token({ role: 'anon', exp: inSeconds(60) }, 'wrong'.repeat(9)))).toBe(
      'JwtSignatureError: Failed to validate JWT signature',
    );
    // The socket and its other channels are not concerned.
    expect((await raw.join(`realtime:${unique('room')}`)).payload.status).toBe('ok');
  });

  test('is shown to the user of supabase-js as CHANNEL_ERROR with the reason', async () => {
    const client = supabase({ accessToken: async () => 'garbage' });
    await client.realtime.setAuth('garbage');
    const member = Member.of(client, unique('room'));
    member.subscribe();
    await until(() => member.statuses.includes('CHANNEL_ERROR'), 'the refusal');
    expect(member.errors.join()).toContain('MalformedJWT');
  });

  test('beginning sb_ is ignored in favour of the key', async () => {
    const raw = await Raw.open();
    const reply = await raw.join(
      `realtime:${unique('room')}`,
      {},
      { access_token: 'sb_publishable_anything' },
    );
    expect(reply.payload.status).toBe('ok');
  });

  test('that expires closes the channel with its reason, not the socket', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('room')}`;
    const short = token({ role: 'authenticated', sub: 'a', exp: inSeconds(2) });
    const reply = await raw.join(topic, {}, { access_token: short });
    expect(reply.payload.status).toBe('ok');
    const system = await raw.event('system');
    expect(system.payload).toMatchObject({ extension: 'system', status: 'error' });
    expect(system.payload.message).toMatch(/^Token has expired \d+ seconds ago$/);
    const closed = await raw.event('phx_close');
    expect([closed.topic, closed.ref, closed.joinRef, closed.payload]).toEqual([
      topic,
      reply.ref,
      reply.ref,
      {},
    ]);
    expect((await raw.heartbeat()).payload.status).toBe('ok');
    expect((await raw.join(topic)).payload.status).toBe('ok');
  });

  test('renewed in time keeps the channel alive past the first one', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('room')}`;
    const first = token({ role: 'authenticated', sub: 'a', exp: inSeconds(2) });
    const reply = await raw.join(topic, { broadcast: { self: true } }, { access_token: first });
    const next = token({ role: 'authenticated', sub: 'a', exp: inSeconds(600) });
    raw.push(topic, 'access_token', { access_token: next }, '5', reply.ref);
    const doomed = `realtime:${unique('room')}`;
    await raw.join(doomed, {}, { access_token: first });
    await raw.event('phx_close');
    raw.push(topic, 'broadcast', { type: 'broadcast', event: 'e', payload: {} }, '6', reply.ref);
    expect((await raw.event('broadcast')).topic).toBe(topic);
  });

  test('renewed by garbage closes the channel', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('room')}`;
    const reply = await raw.joined(topic);
    raw.push(topic, 'access_token', { access_token: 'garbage' }, '5', reply.ref);
    expect((await raw.event('system')).payload.status).toBe('error');
    expect((await raw.event('phx_close')).topic).toBe(topic);
  });

  test('renewed by null, by sb_ or by itself changes nothing', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('room')}`;
    const reply = await raw.joined(topic, { broadcast: { ack: true } });
    for (const same of [null, 'sb_secret_x', connection.anonKey]) {
      raw.push(topic, 'access_token', { access_token: same }, raw.nextRef(), reply.ref);
    }
    raw.push(topic, 'broadcast', { type: 'broadcast', event: 'e', payload: {} }, '60', reply.ref);
    expect((await raw.reply('60')).payload.status).toBe('ok');
    expect(raw.inbox.map((message) => message.event)).toEqual([]);
  });
});

describe('a role', () => {
  let admin: pg.Client;
  beforeAll(async () => {
    admin = await administrator();
  });
  afterAll(() => admin.end());

  test('that does not exist is refused in PostgreSQL words', async () => {
    const name = await table(admin, 'id int primary key');
    const client = supabase({
      accessToken: async () => token({ role: 'norole', exp: inSeconds(60) }),
    });
    await client.realtime.setAuth();
    const listening = new Listening(client.channel(unique('room')));
    listening.on({ event: '*', schema: 'public', table: name });
    listening.channel.subscribe((status, error) => {
      listening.statuses.push(status);
      if (error) listening.errors.push(error.message);
    });
    await until(
      () => listening.system.some((m) => m.status === 'error') || listening.errors.length > 0,
      'a refusal',
    );
    const words = [...listening.system.map((m) => m.message), ...listening.errors].join();
    expect(words).toContain('role "norole" does not exist');
  });

  test('decides by its grants, and a renewed token with another role is followed', async () => {
    const name = await table(admin, 'id int primary key, inner_note text');
    await admin.query(`revoke select on ${name} from anon`);
    await admin.query(`grant select (id) on ${name} to anon`);
    await catalogueRead();
    const raw = await Raw.open();
    const topic = `realtime:${unique('room')}`;
    const reply = await raw.joined(topic, { postgres_changes: [{ event: '*', table: name }] });
    await raw.event('system');
    await admin.query(`insert into ${name} values (1, 'x')`);
    const before = (await raw.event('postgres_changes')).payload.data as { record: unknown };
    expect(before.record).toEqual({ id: 1 });
    const renewed = token({ role: 'authenticated', exp: inSeconds(600) });
    raw.push(topic, 'access_token', { access_token: renewed }, '5', reply.ref);
    expect((await raw.event('system')).payload.message).toBe('Subscribed to PostgreSQL');
    await admin.query(`insert into ${name} values (2, 'y')`);
    const after = (await raw.event('postgres_changes')).payload.data as { record: unknown };
    expect(after.record).toEqual({ id: 2, inner_note: 'y' });
  });
});

describe('the life of a channel', () => {
  test('the reply echoes bindings verbatim with positive ids below 2^27', async () => {
    const raw = await Raw.open();
    const binding = '{"schema":"public","event":"*","extra":1.50,"table":"nowhere_at_all"}';
    const ref = '6';
    raw.send(
      `["${ref}","${ref}","realtime:echo","phx_join",{"config":{"postgres_changes":[${binding},null]}}]`,
    );
    const reply = await raw.reply(ref);
    const echoed = reply.text.match(/"postgres_changes":\[(.*)\]\}\}\]$/)?.[1] ?? '';
    const id = Number(echoed.match(/"id":(\d+)\}$/)?.[1]);
    expect(echoed).toBe(`${binding.slice(0, -1)},"id":${id}}`);
    expect(id).toBeGreaterThan(0);
    expect(id).toBeLessThan(2 ** 27);
    expect([reply.joinRef, reply.topic, reply.payload.status]).toEqual([ref, 'realtime:echo', 'ok']);
  });

  test('without bindings the reply still has the list', async () => {
    const raw = await Raw.open();
    expect((await raw.join(`realtime:${unique('r')}`)).payload).toEqual({
      status: 'ok',
      response: { postgres_changes: [] },
    });
  });

  test('parts of the wrong type are ignored and the rest is used', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('r')}`;
    const reply = await raw.join(topic, {
      broadcast: { ack: 'TRUE', self: 'true', replay: 'x' },
      presence: 'what',
      postgres_changes: null,
      private: 'false',
      unknown: {},
    });
    expect(reply.payload.status).toBe('ok');
    raw.push(topic, 'broadcast', { type: 'broadcast', event: 'e', payload: {} }, '9', reply.ref);
    expect((await raw.reply('9')).payload.status).toBe('ok');
    expect((await raw.event('broadcast')).payload.event).toBe('e');
  });

  test('a second join of a topic closes the first and lives on', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('r')}`;
    const first = await raw.joined(topic, { broadcast: { self: true } });
    const second = await raw.joined(topic, { broadcast: { self: true } });
    const closed = await raw.event('phx_close');
    expect([closed.ref, closed.joinRef]).toEqual([first.ref, first.ref]);
    raw.push(topic, 'broadcast', { type: 'broadcast', event: 'e', payload: {} }, '9', second.ref);
    await raw.event('broadcast');
    expect((await raw.heartbeat()).payload.status).toBe('ok');
    expect(raw.inbox).toEqual([]);
  });

  test('leave is answered and closes; the topic is then unmatched', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('r')}`;
    const join = await raw.joined(topic);
    raw.push(topic, 'phx_leave', {}, '18', join.ref);
    expect((await raw.reply('18')).payload).toEqual({ status: 'ok', response: {} });
    const closed = await raw.event('phx_close');
    expect([closed.ref, closed.joinRef, closed.payload]).toEqual([join.ref, join.ref, {}]);
    raw.push(topic, 'broadcast', { type: 'broadcast', event: 'e', payload: {} }, '19', join.ref);
    const stray = await raw.reply('19');
    expect([stray.joinRef, stray.payload]).toEqual([
      null,
      { status: 'error', response: { reason: 'unmatched topic' } },
    ]);
    raw.push(topic, 'phx_leave', {}, '20', join.ref);
    expect((await raw.reply('20')).payload.status).toBe('ok');
  });

  test('removeChannel and a new channel of the same name work in supabase-js', async () => {
    const client = supabase();
    const topic = unique('room');
    for (let round = 0; round < 3; round++) {
      const member = await Member.join(client, topic, { broadcast: { self: true } });
      await member.say('round', { round });
      expect((await member.next()).payload).toEqual({ round });
      expect(await client.removeChannel(member.channel)).toBe('ok');
    }
  });

  test('topics without name or prefix are refused', async () => {
    const raw = await Raw.open();
    expect((await raw.join('realtime:')).payload.response).toEqual({
      reason: 'TopicNameRequired: You must provide a topic name',
    });
    expect((await raw.join('other:room')).payload).toEqual({
      status: 'error',
      response: { reason: 'unmatched topic' },
    });
  });

  test('heartbeats of supabase-js are answered', async () => {
    const client = supabase({ heartbeatIntervalMs: 200 });
    const statuses: string[] = [];
    client.realtime.onHeartbeat((status) => statuses.push(status));
    await Member.join(client, unique('room'));
    await until(() => statuses.filter((s) => s === 'ok').length >= 3, 'three heartbeats');
    expect(statuses).not.toContain('timeout');
  });

  test('with wait the reply comes when the subscription is live', async () => {
    const admin = await administrator();
    const name = await table(admin, 'id int primary key');
    const raw = await Raw.open();
    const reply = await raw.join(`realtime:${unique('r')}`, {
      postgres_changes: [{ event: '*', schema: 'public', table: name }],
      postgres_changes_options: { wait: true, timeout: 5000 },
    });
    expect(reply.payload.status).toBe('ok');
    await admin.query(`insert into ${name} values (1)`);
    await raw.event('postgres_changes');
    await admin.end();
  });

  test('replication_ready is told', async () => {
    const raw = await Raw.open();
    await raw.joined(`realtime:${unique('r')}`, { broadcast: { replication_ready: true } });
    expect((await raw.event('system')).payload).toMatchObject({
      extension: 'system',
      status: 'ok',
      message: 'Replication connection established',
    });
  });
});

describe('keys', () => {
  test('of another algorithm are refused, HS384 and HS512 are taken', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const [alg, hash] of [
      ['HS384', 'sha384'],
      ['HS512', 'sha512'],
    ] as const) {
      const body = `${part({ alg })}.${part({ role: 'anon', exp: inSeconds(60) })}`;
      const signature = createHmac(hash, connection.jwtSecret).update(body).digest('base64url');
      const raw = await Raw.open({ apikey: `${body}.${signature}` });
      await raw.heartbeat();
    }
  });
});
