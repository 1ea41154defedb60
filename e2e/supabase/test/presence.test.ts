import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js';
import { describe, expect, test } from 'vitest';
import { Raw } from '../support/raw.ts';
import { supabase, unique, until } from '../support/world.ts';

interface Seen {
  channel: RealtimeChannel;
  joins: { key: string; newPresences: Record<string, unknown>[] }[];
  leaves: { key: string; leftPresences: Record<string, unknown>[] }[];
  syncs: number;
  state(): Record<string, Record<string, unknown>[]>;
}

async function present(client: SupabaseClient, topic: string, key = ''): Promise<Seen> {
  const channel = client.channel(topic, { config: { presence: { key } } });
  const seen: Seen = {
    channel,
    joins: [],
    leaves: [],
    syncs: 0,
    state: () => strip(channel.presenceState()),
  };
  channel.on('presence', { event: 'sync' }, () => {
    seen.syncs += 1;
  });
  channel.on('presence', { event: 'join' }, (join) => seen.joins.push(join as never));
  channel.on('presence', { event: 'leave' }, (leave) => seen.leaves.push(leave as never));
  const statuses: string[] = [];
  channel.subscribe((status) => statuses.push(status));
  await until(
    () => statuses.includes('SUBSCRIBED'),
    () => `SUBSCRIBED, saw ${statuses}`,
  );
  await until(() => seen.syncs > 0, 'the first presence_state');
  return seen;
}

function strip(state: Record<string, unknown[]>): Record<string, Record<string, unknown>[]> {
  return Object.fromEntries(
    Object.entries(state).map(([key, metas]) => [
      key,
      metas.map((meta) => {
        const { presence_ref: _, ...rest } = meta as Record<string, unknown>;
        return rest;
      }),
    ]),
  );
}

describe('who is here', () => {
  test('starts empty, then everybody sees everybody', async () => {
    const topic = unique('room');
    const anna = await present(supabase(), topic, 'anna');
    expect(anna.state()).toEqual({});
    const ben = await present(supabase(), topic, 'ben');
    expect(await anna.channel.track({ at: 'table 1' })).toBe('ok');
    expect(await ben.channel.track({ at: 'table 2' })).toBe('ok');
    const everybody = { anna: [{ at: 'table 1' }], ben: [{ at: 'table 2' }] };
    for (const seen of [anna, ben]) {
      await until(() => Object.keys(seen.state()).length === 2, 'both people');
      expect(seen.state()).toEqual(everybody);
    }
    const carla = await present(supabase(), topic);
    expect(carla.state()).toEqual(everybody);
  });

  test('an update replaces what was there; the same again says nothing', async () => {
    const topic = unique('room');
    const anna = await present(supabase(), topic, 'anna');
    const ben = await present(supabase(), topic, 'ben');
    await anna.channel.track({ n: 1 });
    await until(() => ben.joins.length === 1, 'the first join');
    await anna.channel.track({ n: 1 });
    await anna.channel.track({ n: 2 });
    await until(() => ben.leaves.length === 1, 'the update');
    expect(ben.joins.map((join) => join.newPresences[0]?.n)).toEqual([1, 2]);
    // 2.109 forgets the refs of the metas that it shows to a join listener, and so keeps the old one
    // in its state; what it was told is right, and later versions do not.
    expect(ben.leaves[0]?.leftPresences.map((meta) => meta.n)).toEqual([1]);
    expect(ben.state().anna?.at(-1)).toEqual({ n: 2 });
  });

  test('one key holds as many metas as it has connections', async () => {
    const topic = unique('room');
    const tab1 = await present(supabase(), topic, 'anna');
    const tab2 = await present(supabase(), topic, 'anna');
    await tab1.channel.track({ tab: 1 });
    await until(() => tab1.state().anna?.length === 1, 'the first tab');
    await tab2.channel.track({ tab: 2 });
    await until(() => tab1.state().anna?.length === 2, 'the second tab');
    expect(
      tab1
        .state()
        .anna?.map((meta) => meta.tab)
        .sort(),
    ).toEqual([1, 2]);
    await tab2.channel.untrack();
    await until(() => tab1.state().anna?.length === 1, 'the second tab gone');
    expect(tab1.state()).toEqual({ anna: [{ tab: 1 }] });
  });

  test('who leaves, or whose connection dies, is gone for the others', async () => {
    const topic = unique('room');
    const watcher = await present(supabase(), topic, 'watcher');
    const leaving = supabase();
    const anna = await present(leaving, topic, 'anna');
    const dying = supabase();
    const ben = await present(dying, topic, 'ben');
    await anna.channel.track({});
    await ben.channel.track({});
    await until(() => Object.keys(watcher.state()).length === 2, 'both people');
    await leaving.removeChannel(anna.channel);
    await until(() => !('anna' in watcher.state()), 'anna gone');
    // No goodbye: the connection is cut below the client.
    const { socketAdapter } = dying.realtime as unknown as {
      socketAdapter: { getSocket(): { conn: { terminate(): void } } };
    };
    socketAdapter.getSocket().conn.terminate();
    await until(() => !('ben' in watcher.state()), 'ben gone');
    expect(watcher.leaves.map((leave) => leave.key)).toEqual(['anna', 'ben']);
  });

  test('both protocol versions share one room', async () => {
    const topic = unique('room');
    const old = await present(supabase({ vsn: '1.0.0' }), topic, 'old');
    const young = await present(supabase(), topic, 'young');
    await old.channel.track({ v: 1 });
    await young.channel.track({ v: 2 });
    const everybody = { old: [{ v: 1 }], young: [{ v: 2 }] };
    for (const seen of [old, young]) {
      await until(() => Object.keys(seen.state()).length === 2, 'both versions');
      expect(seen.state()).toEqual(everybody);
    }
  });
});

describe('on the wire', () => {
  test('state comes after the reply with the join_ref, the diff with null', async () => {
    const topic = `realtime:${unique('room')}`;
    const raw = await Raw.open();
    const join = await raw.joined(topic, { presence: { key: 'k', enabled: true } });
    const state = await raw.event('presence_state');
    expect([state.joinRef, state.payload]).toEqual([join.ref, {}]);
    raw.push(topic, 'presence', { type: 'presence', event: 'TRACK', payload: { a: 1 } }, '7', '1');
    expect((await raw.reply('7')).payload).toEqual({ status: 'ok', response: {} });
    const diff = await raw.event('presence_diff');
    const joined = diff.payload.joins as Record<string, { metas: Record<string, unknown>[] }>;
    expect([diff.joinRef, diff.payload.leaves]).toEqual([null, {}]);
    expect(joined.k?.metas).toHaveLength(1);
    expect(joined.k?.metas[0]).toMatchObject({ a: 1, phx_ref: expect.any(String) });

    raw.push(topic, 'presence', { type: 'presence', event: 'track', payload: { a: 2 } }, '8', '999');
    await raw.reply('8');
    const update = await raw.event('presence_diff');
    const joins = update.payload.joins as typeof joined;
    const leaves = update.payload.leaves as typeof joined;
    expect(leaves.k?.metas[0]).toMatchObject({ a: 1, phx_ref: joined.k?.metas[0]?.phx_ref });
    expect(joins.k?.metas[0]).toMatchObject({
      a: 2,
      phx_ref_prev: joined.k?.metas[0]?.phx_ref,
    });

    raw.push(topic, 'presence', { type: 'presence', event: 'untrack' }, '9', '1');
    await raw.reply('9');
    const gone = await raw.event('presence_diff');
    expect([gone.payload.joins, Object.keys(gone.payload.leaves as object)]).toEqual([{}, ['k']]);
  });

  test('a payload that is no object is refused in the reference words', async () => {
    const topic = `realtime:${unique('room')}`;
    const raw = await Raw.open();
    await raw.joined(topic, { presence: { key: 'k', enabled: true } });
    raw.push(topic, 'presence', { type: 'presence', event: 'track', payload: 'text' }, '7', '1');
    expect((await raw.reply('7')).payload).toEqual({
      status: 'error',
      response: { reason: 'Presence track payload must be a map' },
    });
  });

  test('a member that gave no key gets one, and one that did not ask gets no state', async () => {
    const topic = `realtime:${unique('room')}`;
    const deaf = await Raw.open();
    await deaf.joined(topic, { presence: { key: '', enabled: false } });
    const raw = await Raw.open();
    await raw.joined(topic, { presence: { key: '', enabled: true } });
    await raw.event('presence_state');
    raw.push(topic, 'presence', { type: 'presence', event: 'track', payload: {} }, '7', '1');
    const diff = await raw.event('presence_diff');
    expect(Object.keys(diff.payload.joins as object)[0]).toMatch(/^[0-9a-f-]{36}$/);
    await deaf.heartbeat();
    expect(deaf.inbox.filter((m) => m.event.startsWith('presence'))).toEqual([]);
  });
});
