import type { Connection, Row } from '@lockstep/client';
import { describe, expect, it } from 'vitest';
import { readFeedFrame } from '../../sdk/client/src/feed-frame';
import { LiveRows } from '../../sdk/client/src/live-rows';
import { healthOf, OFFLINE_AFTER } from '../src/components/health';
import { initials, inkOn } from '../src/components/person-colour';
import { orderFilter, readStatusFilter } from '../src/features/orders/api/order-filter';
import { delayText, humaneTime, lateText, money } from '../src/lib/format';
import { RowsView } from '../src/lib/rows-view';
import { finds, folded } from '../src/lib/search';

const NOW = new Date(2026, 10, 20, 10, 0).getTime();
const MINUTE = 60_000;

describe('times', () => {
  it('are said as people say them', () => {
    expect(humaneTime(NOW + 25 * MINUTE, NOW)).toBe('in 25 min.');
    expect(humaneTime(NOW + 3 * 60 * MINUTE, NOW)).toBe('in 3 hr.');
    expect(humaneTime(NOW + 13 * 60 * MINUTE, NOW)).toMatch(/^Today 11:00/);
    expect(humaneTime(NOW + 23 * 60 * MINUTE, NOW)).toMatch(/^Tomorrow 09:00/);
    expect(humaneTime(NOW + 3 * 24 * 60 * MINUTE, NOW)).toMatch(/^Mon/);
    expect(lateText(NOW - 12 * MINUTE, NOW)).toBe('12 min late');
  });

  it('of travel are short', () => {
    expect([0.4, 3.6, 1_250].map(delayText)).toEqual(['< 1 ms', '4 ms', '1.3 s']);
  });
});

describe('money', () => {
  it('stands in its currency, and in none that is not known', () => {
    expect(money(12.5, 'EUR')).toBe('€12.50');
    expect(money(12.5, '')).toBe('12.50');
  });
});

describe('searching', () => {
  it('takes no notice of case, accents and the order of words', () => {
    expect(finds(folded('RAMIREZ jose'), folded('José Ramírez'))).toBe(true);
    expect(finds('ana', folded('José'))).toBe(false);
  });
});

describe('people', () => {
  it('have initials in any script, on a colour that they can be read on', () => {
    expect(['Amara Okafor', 'Mei-Ling van der Chen', '山田', ''].map(initials)).toEqual([
      'AO',
      'MC',
      '山',
      '',
    ]);
    expect([inkOn('#ffffff'), inkOn('#112233'), inkOn('red')]).toEqual(['#101316', '#ffffff', '#ffffff']);
  });
});

describe('the connection', () => {
  const waiting: Connection = { kind: 'waiting', attempt: 1, lostAt: NOW, until: NOW + 100 };
  it('is reconnecting at first, and offline since it was lost when that takes long', () => {
    expect(healthOf(waiting, NOW + 500, true, true)).toMatchObject({
      kind: 'reconnecting',
      text: 'Reconnecting',
    });
    const later = healthOf(waiting, NOW + OFFLINE_AFTER, true, true);
    expect(later.kind).toBe('offline');
    expect(later.text).toMatch(/^Offline since 10:00/);
    expect(healthOf(waiting, NOW + 500, false, true).kind).toBe('offline');
  });
});

function rowsOf(...rows: Row[]): { rows: LiveRows; say: (payload: object) => void } {
  const live = new LiveRows({ order: 'id' });
  const say = (payload: object) => {
    const frame = readFeedFrame({ id: 1, ...payload });
    if (frame !== null) live.apply(frame, 1);
  };
  say({ reset: 'first', enter: rows });
  return { rows: live, say };
}

describe('a view of rows', () => {
  const open = { keep: (row: Row) => row.status === 'open' };
  const one = { id: '1', status: 'open', note: '' };
  const two = { id: '2', status: 'open', note: '' };

  it('is the same array while the same rows stand in it', () => {
    const { rows, say } = rowsOf(one, two, { id: '3', status: 'done' });
    const view = new RowsView(rows, open);
    const before = view.keys();
    say({ update: [{ key: { id: '1' }, set: { note: 'x' } }] });
    say({ enter: [{ id: '4', status: 'done' }] });
    expect(view.keys()).toBe(before);
    expect(before).toEqual(['1', '2']);
  });

  it('shows what leaves it once more, deleted or moved out, until it has faded', () => {
    const { rows, say } = rowsOf(one, two);
    const view = new RowsView(rows, open);
    let told = 0;
    view.subscribe(() => told++);
    say({ update: [{ key: { id: '1' }, set: { status: 'done' } }] });
    say({ leave: [{ key: { id: '2' }, why: 'deleted' }] });
    expect(view.ghosts().map(({ key, index }) => [key, index])).toEqual([
      ['1', 0],
      ['2', 0],
    ]);
    view.forget('1');
    view.forget('2');
    expect(view.ghosts()).toEqual([]);
    expect(told).toBe(4);
  });

  it('shows no ghosts when everything was loaded afresh', () => {
    const { rows, say } = rowsOf(one, two);
    const view = new RowsView(rows, open);
    view.subscribe(() => {});
    say({ reset: 'expired', enter: [two] });
    expect(view.keys()).toEqual(['2']);
    expect(view.ghosts()).toEqual([]);
  });

  it('can have another order', () => {
    const { rows } = rowsOf(one, two);
    const view = new RowsView(rows, { ...open, compare: (a, b) => (String(a.id) < String(b.id) ? 1 : -1) });
    expect(view.keys()).toEqual(['2', '1']);
  });
});

describe('the filter of orders', () => {
  const keeps = (filter: string, search: string, row: Row) =>
    orderFilter(readStatusFilter(filter), search, (id) => (id === 'p1' ? 'Søren' : ''))(row);

  it('shows open orders unless told otherwise', () => {
    expect(keeps('', '', { status: 'ready' })).toBe(true);
    expect(keeps('', '', { status: 'completed' })).toBe(false);
    expect(keeps('all', '', { status: 'completed' })).toBe(true);
    expect(keeps('completed', '', { status: 'ready' })).toBe(false);
    expect(keeps('nonsense', '', { status: 'ready' })).toBe(true);
  });

  it('searches number, customer, phone, notes and assignee', () => {
    const row = {
      status: 'ready',
      readable_id: 'B-7',
      customer_name: 'Zoë',
      customer_phone: '+49 1',
      assigned_to: 'p1',
    };
    expect(['b-7', 'zoe', '+49 1', 'søren', 'zoe ready'].map((text) => keeps('', text, row))).toEqual(
      Array(5).fill(true),
    );
    expect(keeps('', 'anna', row)).toBe(false);
  });
});
