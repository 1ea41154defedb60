import { describe, expect, test } from 'vitest';
import { Raw } from '../support/raw.ts';
import { connection, unique, until } from '../support/world.ts';

describe('what supabase-js never sends', () => {
  test.each([
    ['no JSON', 'hello'],
    ['an object in version 2', '{"topic":"realtime:x","event":"phx_join","payload":{},"ref":"1"}'],
    ['a short array', '["j","r","realtime:x"]'],
    ['an event that is no text', '["j","r","realtime:x",7,{}]'],
    ['a topic that is no text', '["j","r",null,"phx_join",{}]'],
    ['nothing', ''],
    ['a number', '7'],
    ['deep nesting', '['.repeat(5000)],
    ['a broken escape', '["j","r","realtime:\\ud800","heartbeat",{}]'],
  ])('%s is dropped and the socket lives', async (_what, frame) => {
    const raw = await Raw.open();
    raw.send(frame);
    expect((await raw.heartbeat()).payload.status).toBe('ok');
    expect(raw.closed).toBeUndefined();
  });

  test.each([
    ['an array in version 1', '["j","r","phoenix","heartbeat",{}]'],
    ['an object without topic', '{"event":"heartbeat","payload":{},"ref":"1"}'],
    ['no JSON', '{'],
  ])('version 1: %s is dropped and the socket lives', async (_what, frame) => {
    const raw = await Raw.open({ vsn: '1.0.0' });
    raw.send(frame);
    expect((await raw.heartbeat()).payload.status).toBe('ok');
  });

  test('refs come back as they were: numbers, null, text with escapes', async () => {
    const raw = await Raw.open();
    for (const ref of ['0', '12345678901234567890', 'null', '"a\\u0041b"', '1.50']) {
      raw.send(`[null,${ref},"phoenix","heartbeat",{}]`);
      const answer = await raw.event('phx_reply');
      const [, , sent] = /^\[(null),(.*?),"phoenix"/.exec(answer.text) ?? [];
      expect(JSON.parse(sent ?? '"?"')).toEqual(JSON.parse(ref));
    }
  });

  test('a join without join_ref takes its ref, be it a number', async () => {
    const raw = await Raw.open({ vsn: '1.0.0' });
    const topic = `realtime:${unique('r')}`;
    raw.send(
      `{"topic":"${topic}","event":"phx_join","payload":{"config":{"broadcast":{"ack":true}}},"ref":1}`,
    );
    expect((await raw.reply(1)).payload.status).toBe('ok');
    raw.send(
      `{"topic":"${topic}","event":"broadcast","payload":{"type":"broadcast","event":"e","payload":{}},"ref":2}`,
    );
    expect((await raw.reply(2)).payload.status).toBe('ok');
  });

  test('more elements than five are ignored', async () => {
    const raw = await Raw.open();
    raw.send('[null,"1","phoenix","heartbeat",{},"more",{"x":1}]');
    expect((await raw.reply('1')).payload.status).toBe('ok');
  });

  test('an unmatched topic is answered for any event', async () => {
    const raw = await Raw.open();
    for (const [topic, event] of [
      ['realtime:never', 'broadcast'],
      ['realtime:never', 'presence'],
      ['other', 'anything'],
    ] as const) {
      const ref = raw.nextRef();
      raw.push(topic, event, { type: event, event: 'e', payload: {} }, ref, '9');
      expect((await raw.reply(ref)).payload).toEqual({
        status: 'error',
        response: { reason: 'unmatched topic' },
      });
    }
  });

  test('an unknown event on a joined topic leaves channel and socket alone', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('r')}`;
    const join = await raw.joined(topic, { broadcast: { self: true } });
    raw.push(topic, 'what_is_this', { a: 1 }, '5', join.ref);
    raw.push(topic, 'broadcast', { type: 'broadcast', event: 'e', payload: {} }, '6', join.ref);
    await raw.event('broadcast');
    expect(raw.closed).toBeUndefined();
  });

  test('no push ever has payload null', async () => {
    const raw = await Raw.open();
    const topic = `realtime:${unique('r')}`;
    const join = await raw.joined(topic, { broadcast: { self: true }, presence: { enabled: true } });
    raw.push(topic, 'broadcast', { type: 'broadcast', event: 'e' }, '6', join.ref);
    raw.push(topic, 'broadcast', null, '7', join.ref);
    raw.push(topic, 'presence', null, '8', join.ref);
    raw.push(topic, 'phx_leave', null, '9', join.ref);
    await raw.event('phx_close');
    for (const message of raw.inbox) expect(message.payload, message.text).not.toBeNull();
  });

  test('a frame of five megabytes closes the socket, one just below does not', async () => {
    const raw = await Raw.open();
    const head = '[null,"1","phoenix","heartbeat",{"fill":"';
    raw.send(`${head}${'x'.repeat(4_900_000)}"}]`);
    expect((await raw.reply('1')).payload.status).toBe('ok');
    raw.send(`${head}${'x'.repeat(5_000_001)}"}]`);
    await until(() => raw.closed, 'the close');
    expect(raw.closed?.code).toBe(1009);
  });

  test('text that is no UTF-8 closes the socket', async () => {
    const raw = await Raw.open();
    raw.socket.send(Buffer.from([0x5b, 0xff, 0xfe, 0x5d]), { binary: false });
    await until(() => raw.closed, 'the close');
    expect(raw.closed?.code).toBe(1007);
  });

  test('a ping is answered with its bytes', async () => {
    const raw = await Raw.open();
    const pong = new Promise<Buffer>((done) => raw.socket.once('pong', done));
    raw.socket.ping(Buffer.from('hi'));
    expect((await pong).toString()).toBe('hi');
  });

  test('a close is answered', async () => {
    const raw = await Raw.open();
    raw.socket.close(1000, 'bye');
    await until(() => raw.closed, 'the close');
    expect(raw.closed?.code).toBe(1000);
  });

  test('a fragmented message is one message', async () => {
    const raw = await Raw.open();
    raw.socket.send('[null,"1","phoe', { fin: false });
    raw.socket.send('nix","heartbeat",{}]', { fin: true });
    expect((await raw.reply('1')).payload.status).toBe('ok');
  });

  test('a hundred channels are a connection’s share, one more is refused', async () => {
    const raw = await Raw.open();
    const room = unique('r');
    const refs = Array.from({ length: 101 }, (_, index) => {
      const ref = raw.nextRef();
      raw.push(`realtime:${room}:${index}`, 'phx_join', { config: {} }, ref, ref);
      return ref;
    });
    const replies = [];
    for (const ref of refs) replies.push(await raw.reply(ref));
    expect(replies.filter((reply) => reply.payload.status === 'ok')).toHaveLength(100);
    expect(replies[100]?.payload.response).toEqual({
      reason: 'ChannelRateLimitReached: Too many channels',
    });
  });
});

describe('plain HTTP', () => {
  test('the process says that it lives, and that it is ready', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await fetch(connection.url + path);
      expect([path, answer.status]).toEqual([path, 200]);
      await answer.text();
    }
  });

  test('a route that does not exist is a failure with a code and a request id', async () => {
    const answer = await fetch(`${connection.url}/realtime/v1/nowhere`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      code: 'route.not-found',
      requestId: expect.any(String),
    });
  });

  test('broadcast may be called from any page', async () => {
    const answer = await fetch(`${connection.url}/realtime/v1/api/broadcast`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, apikey, content-type, x-client-info',
      },
    });
    expect(answer.ok).toBe(true);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const allowed = answer.headers.get('access-control-allow-headers')?.toLowerCase() ?? '';
    for (const header of ['authorization', 'apikey', 'content-type', 'x-client-info']) {
      expect(allowed).toContain(header);
    }
    await answer.text();
  });
});
