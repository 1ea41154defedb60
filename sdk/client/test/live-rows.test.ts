import { describe, expect, it } from 'vitest';
import { FrameGatherer, readFeedFrame } from '../src/feed-frame.js';
import type { Json } from '../src/frames.js';
import { type Applied, LiveRows } from '../src/live-rows.js';
import { rowOrder } from '../src/row-order.js';

function frame(payload: Json) {
  const read = readFeedFrame({ id: 1, ...payload });
  if (read === null) throw new Error('no frame');
  return read;
}

function rowsOf(...rows: Json[]): LiveRows {
  const live = new LiveRows({ order: 'due.asc.nullslast' });
  live.apply(frame({ reset: 'first', enter: rows, total: rows.length }), 1);
  return live;
}

const a = { id: 'a', due: '2026-01-01T10:00:00+00:00', status: 'pending' };
const b = { id: 'b', due: '2026-01-01T11:00:00+00:00', status: 'pending' };
const c = { id: 'c', due: null, status: 'ready' };

describe('live rows', () => {
  it('stand in the asked order, nulls last', () => {
    expect(rowsOf(c, b, a).keys()).toEqual(['a', 'b', 'c']);
  });

  it('take in what enters at its place, and say that it entered', () => {
    const rows = rowsOf(a, c);
    rows.apply(frame({ enter: [b] }), 2);
    expect(rows.keys()).toEqual(['a', 'b', 'c']);
    expect(rows.entry('b')?.change).toMatchObject({ kind: 'entered', appliedAt: 2 });
    expect(rows.total()).toBe(3);
  });

  it('merge an update into the row, and name the columns that are others', () => {
    const rows = rowsOf(a, b);
    rows.apply(frame({ update: [{ key: { id: 'a' }, set: { status: 'ready', due: a.due } }] }), 2);
    expect(rows.row('a')).toEqual({ ...a, status: 'ready' });
    expect(rows.entry('a')?.change).toMatchObject({ kind: 'updated', columns: ['status'] });
  });

  it('keep the list when an update moves nothing, and replace it when one does', () => {
    const rows = rowsOf(a, b);
    const before = rows.keys();
    rows.apply(frame({ update: [{ key: { id: 'a' }, set: { status: 'ready' } }] }), 2);
    expect(rows.keys()).toBe(before);
    rows.apply(frame({ update: [{ key: { id: 'a' }, set: { due: null } }] }), 3);
    expect(rows.keys()).toEqual(['b', 'a']);
    expect(before).toEqual(['a', 'b']);
  });

  it('let go of what leaves, and hand it out once more', () => {
    const rows = rowsOf(a, b);
    const heard: Applied[] = [];
    rows.subscribe((applied) => heard.push(applied));
    rows.apply(frame({ leave: [{ key: { id: 'a' }, why: 'deleted' }] }), 2);
    expect(rows.keys()).toEqual(['b']);
    expect(heard[0]?.left).toEqual([{ key: 'a', row: a, why: 'deleted' }]);
    expect(rows.total()).toBe(1);
  });

  it('ignore an update and a leave of rows that they do not hold', () => {
    const rows = rowsOf(a);
    const heard: Applied[] = [];
    rows.subscribe((applied) => heard.push(applied));
    rows.apply(frame({ update: [{ key: { id: 'z' }, set: { status: 'x' } }] }), 2);
    rows.apply(frame({ leave: [{ key: { id: 'z' }, why: 'left' }] }), 2);
    expect(heard).toEqual([]);
    expect(rows.total()).toBe(1);
  });

  it('tell only the row that changed', () => {
    const rows = rowsOf(a, b);
    let ofA = 0;
    let ofB = 0;
    rows.subscribeRow('a', () => ofA++);
    const stop = rows.subscribeRow('b', () => ofB++);
    const entry = rows.entry('b');
    rows.apply(frame({ update: [{ key: { id: 'a' }, set: { status: 'ready' } }] }), 2);
    stop();
    expect([ofA, ofB]).toEqual([1, 0]);
    expect(rows.entry('b')).toBe(entry);
  });

  it('replace all rows at a reset, and keep the very rows that are as they were', () => {
    const rows = rowsOf(a, b);
    const kept = rows.entry('b');
    const applied = rows.apply(frame({ reset: 'expired', enter: [{ ...b }, c] }), 5);
    expect(rows.keys()).toEqual(['b', 'c']);
    expect(rows.entry('b')).toBe(kept);
    expect(applied).toMatchObject({ reset: 'expired', entered: ['c'], updated: [], left: [{ key: 'a' }] });
  });

  it('hold the head of a longer view, and count the rest', () => {
    const rows = new LiveRows({ order: 'due.asc', limit: 2 });
    rows.apply(frame({ reset: 'first', total: 10, enter: [a, b] }), 1);
    rows.apply(frame({ enter: [{ id: 'late', due: '2027-01-01T00:00:00+00:00' }] }), 2);
    expect(rows.keys()).toEqual(['a', 'b']);
    expect(rows.total()).toBe(11);
    rows.apply(frame({ leave: [{ key: { id: 'other' }, why: 'left' }] }), 2);
    expect(rows.total()).toBe(10);
    rows.apply(frame({ enter: [{ id: 'soon', due: '2025-01-01T00:00:00+00:00' }] }), 2);
    expect(rows.keys()).toEqual(['soon', 'a', 'b']);
  });

  it('know rows by a key of several columns', () => {
    const rows = new LiveRows({});
    rows.identifyBy(['tenant', 'number']);
    rows.apply(frame({ reset: 'first', enter: [{ tenant: 't', number: 1, x: 1 }] }), 1);
    rows.apply(frame({ update: [{ key: { number: 1, tenant: 't' }, set: { x: 2 } }] }), 2);
    expect(rows.row(rows.keys()[0] ?? '')).toEqual({ tenant: 't', number: 1, x: 2 });
  });

  it.each(Array.from({ length: 60 }, (_, n) => n + 1))(
    'equal the table after any mix of changes, seed %i',
    (seed) => {
      mixture(seed);
    },
  );
});

/** Random steps, some of them large, against a plain map that is sorted afresh. */
function mixture(seed: number): void {
  let state = seed;
  const below = (bound: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const table = new Map<number, { id: number; due: number | null; status: number }>();
  const live = new LiveRows({ order: 'due.desc' });
  live.apply(frame({ reset: 'first', total: 0 }), 0);
  for (let turn = 0; turn < 60; turn++) {
    const enter: Json[] = [];
    const update: Json[] = [];
    const leave: Json[] = [];
    const touched = new Set<number>();
    for (let more = below(10) === 0 ? 300 : below(6); more > 0; more--) {
      const id = below(400);
      if (touched.has(id)) continue;
      touched.add(id);
      const due = below(5) === 0 ? null : below(50);
      const known = table.get(id);
      if (known === undefined) {
        table.set(id, { id, due, status: 0 });
        enter.push({ id, due, status: 0 });
      } else if (below(3) === 0) {
        table.delete(id);
        leave.push({ key: { id }, why: 'deleted' });
      } else {
        const set = { due, status: below(4) };
        table.set(id, { ...known, ...set });
        update.push({ key: { id }, set });
      }
    }
    live.apply(frame({ enter, update, leave }), turn);
    const wanted = [...table.values()].sort(rowOrder('due.desc', ['id']));
    expect(
      live.keys().map((key) => live.row(key)),
      `seed ${seed}, turn ${turn}`,
    ).toEqual(wanted);
    expect(live.total()).toBe(table.size);
  }
}

describe('frames with more to come', () => {
  it('are one step, with the first reset and the last token', () => {
    const gatherer = new FrameGatherer();
    expect(gatherer.add(frame({ reset: 'first', total: 2, enter: [a], more: true, token: 'x' }))).toBeNull();
    expect(gatherer.add(frame({ enter: [b], token: 'y' }))).toMatchObject({
      reset: 'first',
      total: 2,
      enter: [a, b],
      token: 'y',
      more: false,
    });
  });

  it('are forgotten when the connection is lost between them', () => {
    const gatherer = new FrameGatherer();
    gatherer.add(frame({ enter: [a], more: true }));
    gatherer.forget();
    expect(gatherer.add(frame({ enter: [b] }))?.enter).toEqual([b]);
  });

  it('of another shape are no frames', () => {
    expect(readFeedFrame({ enter: [] })).toBeNull();
    expect(frame({ enter: 'x', update: [1, { key: 2 }, null], leave: { a: 1 } })).toMatchObject({
      enter: [],
      update: [],
      leave: [],
    });
  });
});

describe('the order of rows', () => {
  const sorted = (order: string, ...rows: Json[]) =>
    [...rows].sort(rowOrder(order, ['id'])).map(({ id }) => id);
  const one = { id: 1, v: 10 };
  const two = { id: 2, v: 9 };
  const none = { id: 3, v: null };

  it('puts nulls where PostgreSQL does', () => {
    expect(sorted('v', none, one, two)).toEqual([2, 1, 3]);
    expect(sorted('v.desc', none, one, two)).toEqual([3, 1, 2]);
    expect(sorted('v.desc.nullslast', none, one, two)).toEqual([1, 2, 3]);
    expect(sorted('v.asc.nullsfirst', none, one, two)).toEqual([3, 2, 1]);
  });

  it('ends with the key', () => {
    expect(sorted('v', { id: 2, v: 1 }, { id: 1, v: 1 })).toEqual([1, 2]);
  });
});
