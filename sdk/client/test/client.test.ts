import { describe, expect, it } from 'vitest';
import { LockstepClient } from '../src/lockstep-client.js';
import { canonical, topicOf } from '../src/question.js';
import { FakeEnvironment, type FakeSocket, settled } from './fake-environment.js';

const QUESTION = { table: 'orders', where: 'tenant_id=eq.t', order: 'id.asc', limit: 10 };
const TOPIC = topicOf(QUESTION);
const ROW = { id: 'a', status: 'pending' };

function client(accessToken?: (renew: boolean) => Promise<string | null>) {
  const environment = new FakeEnvironment();
  const options = { url: 'http://desk.test', apikey: 'key', heartbeatMs: 10_000, environment };
  return {
    environment,
    client: new LockstepClient(accessToken === undefined ? options : { ...options, accessToken }),
  };
}

async function opened(environment: FakeEnvironment): Promise<FakeSocket> {
  await settled();
  environment.last().events.opened();
  await settled();
  return environment.last();
}

function answerJoin(socket: FakeSocket, response: object, status = 'ok'): void {
  const [joinRef, ref, topic] = socket.lastSent('phx_join');
  socket.say([joinRef, ref, topic, 'phx_reply', { status, response }]);
}

function answerBeat(socket: FakeSocket): void {
  socket.say([null, socket.lastSent('heartbeat')[1], 'phoenix', 'phx_reply', { status: 'ok', response: {} }]);
}

const say = (socket: FakeSocket, payload: object) =>
  socket.say([null, null, TOPIC, 'feed', { id: 7, ...payload }]);

async function joined() {
  const setting = client();
  setting.client.connect();
  const feed = setting.client.feed(QUESTION);
  const socket = await opened(setting.environment);
  answerJoin(socket, { feeds: [{ ...QUESTION, id: 7, key: ['id'] }] });
  say(socket, { reset: 'first', token: 't1', enter: [ROW] });
  return { ...setting, feed, socket };
}

describe('the client', () => {
  it('asks with the key and version 2, joins with the question, and has the rows', async () => {
    const { feed, socket } = await joined();
    expect(socket.url).toBe('ws://desk.test/realtime/v1/websocket?apikey=key&vsn=2.0.0');
    expect(socket.lastSent('phx_join')[4]).toEqual({ config: { feeds: [QUESTION] } });
    await feed.ready();
    expect(feed.rows.keys()).toEqual(['a']);
    expect(feed.state()).toEqual({ kind: 'live' });
  });

  it('resumes with its last token after a loss, and keeps the rows meanwhile', async () => {
    const { feed, socket, environment } = await joined();
    say(socket, { token: 't2', update: [{ key: { id: 'a' }, set: { status: 'ready' } }] });
    socket.events.ended('cut');
    expect(feed.state()).toMatchObject({ kind: 'behind' });
    expect(feed.rows.row('a')).toEqual({ id: 'a', status: 'ready' });
    await environment.pass(200);
    const next = await opened(environment);
    expect(next.lastSent('phx_join')[4]).toEqual({ config: { feeds: [{ ...QUESTION, since: 't2' }] } });
    answerJoin(next, { feeds: [{ ...QUESTION, id: 7 }] });
    expect(feed.state()).toEqual({ kind: 'live' });
  });

  it('forgets half a step, and its token, when it is cut between two frames', async () => {
    const { feed, socket, environment } = await joined();
    say(socket, { token: 't2', enter: [{ id: 'b' }], more: true });
    socket.events.ended('cut');
    await environment.pass(200);
    const next = await opened(environment);
    expect(next.lastSent('phx_join')[4]).toMatchObject({ config: { feeds: [{ since: 't1' }] } });
    answerJoin(next, { feeds: [{ ...QUESTION, id: 7 }] });
    say(next, { token: 't3', enter: [{ id: 'c' }] });
    expect(feed.rows.keys()).toEqual(['a', 'c']);
  });

  it('loads afresh when it is cut behind a reset, before the next token', async () => {
    const { socket, environment } = await joined();
    say(socket, { reset: 'slow', enter: [{ id: 'b' }] });
    socket.events.ended('cut');
    await environment.pass(200);
    const next = await opened(environment);
    expect(next.lastSent('phx_join')[4]).toEqual({ config: { feeds: [QUESTION] } });
  });

  it('joins an equal question once, and leaves it five seconds after its last user', async () => {
    const { client: live, feed, socket, environment } = await joined();
    answerBeat(socket);
    const again = live.feed({ limit: 10, order: 'id.asc', where: 'tenant_id=eq.t', table: 'orders' });
    await settled();
    expect(socket.count('phx_join')).toBe(1);
    expect(again.rows).toBe(feed.rows);
    feed.close();
    feed.close();
    await environment.pass(6_000);
    expect(socket.count('phx_leave')).toBe(0);
    again.close();
    await environment.pass(4_900);
    expect(socket.count('phx_leave')).toBe(0);
    await environment.pass(200);
    expect(socket.count('phx_leave')).toBe(1);
  });

  it('finds out that nobody answers, and connects anew', async () => {
    const { client: live, socket, environment } = await joined();
    answerBeat(socket);
    await environment.pass(10_000);
    expect(socket.count('heartbeat')).toBe(2);
    await environment.pass(10_000);
    expect(live.connection().kind).toBe('waiting');
    expect(socket.closed).toBe(true);
  });

  it('does not wait any longer when the network is back', async () => {
    const { client: live, socket, environment } = await joined();
    socket.events.ended('cut');
    expect(live.connection().kind).toBe('waiting');
    environment.wake();
    expect(live.connection().kind).toBe('connecting');
  });

  it('measures round trip, delay and updates, of what happened since it joined', async () => {
    const { client: live, socket, environment } = await joined();
    await environment.pass(30);
    answerBeat(socket);
    say(socket, {
      token: 't2',
      at: environment.now() - 4,
      update: [{ key: { id: 'a' }, set: { status: 'x' } }],
    });
    say(socket, {
      token: 't3',
      at: environment.now() - 90_000,
      update: [{ key: { id: 'a' }, set: { status: 'y' } }],
    });
    await environment.pass(100);
    expect(live.metrics()).toMatchObject({ updates: 2, delay: 4, roundTrip: 30 });
  });

  it('stops at a refusal, says why, and asks again when told', async () => {
    const { client: live, environment } = client();
    live.connect();
    const feed = live.feed(QUESTION);
    const socket = await opened(environment);
    const response = { reason: 'no', code: 'request.invalid', hint: 'alter table', requestId: 'r-1' };
    answerJoin(socket, response, 'error');
    await expect(feed.ready()).rejects.toMatchObject({
      code: 'request.invalid',
      hint: 'alter table',
      requestId: 'r-1',
    });
    await environment.pass(5_000);
    expect(socket.count('phx_join')).toBe(1);
    feed.retry();
    await settled();
    expect(socket.count('phx_join')).toBe(2);
  });

  it('tries again by itself when the reason passes', async () => {
    const { client: live, environment } = client();
    live.connect();
    const feed = live.feed(QUESTION);
    const socket = await opened(environment);
    answerJoin(socket, { reason: 'UnableToConnectToProject: database away' }, 'error');
    expect(feed.state()).toMatchObject({ kind: 'loading', error: { code: 'UnableToConnectToProject' } });
    await environment.pass(500);
    expect(socket.count('phx_join')).toBe(2);
  });

  it('brings a new token when the server closed the channel', async () => {
    const asked: boolean[] = [];
    const { client: live, environment } = client((renew) => {
      asked.push(renew);
      return Promise.resolve(renew ? 'new' : 'old');
    });
    live.connect();
    live.feed(QUESTION);
    const socket = await opened(environment);
    answerJoin(socket, { feeds: [{ id: 7 }] });
    const [joinRef] = socket.lastSent('phx_join');
    socket.say([joinRef, joinRef, TOPIC, 'phx_close', {}]);
    await environment.pass(500);
    expect(socket.lastSent('phx_join')[4]).toMatchObject({ access_token: 'new' });
    expect(asked).toEqual([false, true]);
  });

  it('renews its token a minute before its end, and says so on its channels', async () => {
    const environment = new FakeEnvironment();
    const jwt = (exp: number) => `h.${btoa(JSON.stringify({ exp }))}.s`;
    const tokens = [jwt(environment.now() / 1_000 + 100), jwt(environment.now() / 1_000 + 9_000)];
    const live = new LockstepClient({
      url: 'http://desk.test',
      apikey: 'key',
      environment,
      heartbeatMs: 1_000_000,
      accessToken: (renew) => Promise.resolve(tokens[renew ? 1 : 0] ?? null),
    });
    live.connect();
    live.feed(QUESTION);
    const socket = await opened(environment);
    answerBeat(socket);
    answerJoin(socket, { feeds: [{ id: 7 }] });
    await environment.pass(39_000);
    expect(socket.count('access_token')).toBe(0);
    await environment.pass(1_500);
    expect(socket.lastSent('access_token')[4]).toEqual({ access_token: tokens[1] });
  });

  it('ends all when it is closed, and begins anew when asked', async () => {
    const { client: live, socket, environment } = await joined();
    live.close();
    expect(live.connection()).toEqual({ kind: 'closed', error: undefined });
    expect(socket.closed).toBe(true);
    live.connect();
    await settled();
    expect(environment.sockets).toHaveLength(2);
  });

  it('ignores what is no frame', async () => {
    const { feed, socket } = await joined();
    for (const data of ['', '{', '{}', '[1]', '[null,null,"t","e",null]', new ArrayBuffer(2), 'null']) {
      socket.events.received(data);
    }
    expect(feed.rows.keys()).toEqual(['a']);
  });
});

describe('presence', () => {
  it('tracks at each join, and follows who comes and goes', async () => {
    const { client: live, environment } = client();
    live.connect();
    const here = live.presence('realtime:orders', 'ada', { name: 'Ada' });
    const socket = await opened(environment);
    answerJoin(socket, { postgres_changes: [] });
    expect(socket.lastSent('phx_join')[4]).toMatchObject({
      config: { presence: { key: 'ada', enabled: true } },
    });
    expect(socket.lastSent('presence')[4]).toEqual({
      type: 'presence',
      event: 'track',
      payload: { name: 'Ada' },
    });
    const push = (event: string, payload: object) =>
      socket.say([null, null, 'realtime:orders', event, payload]);
    push('presence_diff', { joins: { eve: { metas: [{ phx_ref: '0' }] } }, leaves: {} });
    expect(here.state().size).toBe(0);
    push('presence_state', { ada: { metas: [{ phx_ref: '1', name: 'Ada' }] } });
    push('presence_diff', { joins: { bo: { metas: [{ phx_ref: '2', name: 'Bo' }] } }, leaves: {} });
    expect([...here.state()]).toEqual([
      ['ada', [{ name: 'Ada' }]],
      ['bo', [{ name: 'Bo' }]],
    ]);
    push('presence_diff', {
      joins: { bo: { metas: [{ phx_ref: '3', phx_ref_prev: '2', name: 'Bob' }] } },
      leaves: { bo: { metas: [{ phx_ref: '2', name: 'Bo' }] } },
    });
    expect(here.state().get('bo')).toEqual([{ name: 'Bob' }]);
    push('presence_diff', { joins: {}, leaves: { bo: { metas: [{ phx_ref: '3' }] } } });
    expect([...here.state().keys()]).toEqual(['ada']);
  });
});

describe('a question', () => {
  it('is the same whatever the order of its keys', () => {
    expect(canonical({ table: 'a', limit: 1 })).toBe(canonical({ limit: 1, table: 'a' }));
    expect(topicOf({ table: 'a' })).not.toBe(topicOf({ table: 'b' }));
    expect(topicOf({ table: 'a' })).toMatch(/^realtime:feed:[0-9a-z]+$/);
  });
});
