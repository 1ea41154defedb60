import type { FeedFrame, Leave, Update } from './feed-frame.js';
import type { Json } from './frames.js';
import { Listeners } from './listeners.js';
import { type Comparison, rowOrder } from './row-order.js';

/** A row as it stands; replaced, never changed. */
export type Row = Json;

/** A row and how it came to be what it is, for those who show changes. */
export interface Entry {
  readonly row: Row;
  /** The change that made it so; null after a load, which is no change to point at. */
  readonly change: RowChange | null;
}

export interface RowChange {
  readonly kind: 'entered' | 'updated';
  /** The columns whose values are others than before. */
  readonly columns: readonly string[];
  /** Rises with every change of any row. */
  readonly number: number;
  /** When it was applied here, in milliseconds since 1970. */
  readonly appliedAt: number;
}

/** What one step did; the lists name keys. */
export interface Applied {
  /** Why all rows were replaced; null for a step of changes. */
  readonly reset: string | null;
  readonly entered: readonly string[];
  readonly updated: readonly string[];
  readonly left: readonly Departure[];
  readonly appliedAt: number;
}

export interface Departure {
  readonly key: string;
  readonly row: Row;
  readonly why: Leave['why'];
}

/** Above so many rows in one step, sorting all again is cheaper than moving each. */
const SORT_ABOVE = 200;

/**
 * The rows of one feed, by key and in order. Each step of the feed is applied whole before anybody is told. Rows and
 * entries keep their identity as long as they do not change, as React's `useSyncExternalStore` wants it.
 */
export class LiveRows {
  private readonly order: string | undefined;
  private readonly limit: number;
  private readonly entries = new Map<string, Entry>();
  private readonly any = new Listeners<[Applied]>();
  private readonly perRow = new Map<string, Listeners>();
  private key: readonly string[];
  private compare: Comparison;
  private sorted: string[] = [];
  /** In this step `sorted` was already copied, so that it may be changed in place. */
  private own = false;
  /** This step moves so many rows that all are sorted at its end. */
  private bulk = false;
  private counted: number | null = null;
  private changes = 0;
  private steps = 0;

  constructor(shape: { readonly order?: string | undefined; readonly limit?: number | undefined }) {
    this.order = shape.order;
    this.limit = shape.limit ?? 1_000;
    this.key = ['id'];
    this.compare = rowOrder(this.order, this.key);
  }

  /** The keys in order; the same array until the order or the membership changes. */
  keys(): readonly string[] {
    return this.sorted;
  }

  entry(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  row(key: string): Row | undefined {
    return this.entries.get(key)?.row;
  }

  /** Rows of the whole view, which may be more than are held. */
  total(): number {
    return this.counted ?? this.entries.size;
  }

  /** Rises with every step that changed something. */
  version(): number {
    return this.steps;
  }

  /** Calls after each step that changed something. */
  subscribe(listener: (applied: Applied) => void): () => void {
    return this.any.add(listener);
  }

  /** Calls when this row changed, came or went. */
  subscribeRow(key: string, listener: () => void): () => void {
    const listeners = this.perRow.get(key) ?? new Listeners();
    this.perRow.set(key, listeners);
    const stop = listeners.add(listener);
    return () => {
      stop();
      if (listeners.size === 0 && this.perRow.get(key) === listeners) this.perRow.delete(key);
    };
  }

  /** The columns of the primary key, as the server names them; before the first rows. */
  identifyBy(key: readonly string[]): void {
    if (key.length === 0 || key.join() === this.key.join()) return;
    this.key = key;
    this.compare = rowOrder(this.order, key);
    this.entries.clear();
    this.sorted = [];
  }

  apply(frame: FeedFrame, now: number): Applied | null {
    const applied =
      frame.reset === null ? this.applyChanges(frame, now) : this.replace(frame, frame.reset, now);
    if (applied === null) return null;
    this.steps += 1;
    for (const key of touched(applied)) this.perRow.get(key)?.tell();
    this.any.tell(applied);
    return applied;
  }

  private replace(frame: FeedFrame, reason: string, now: number): Applied {
    const before = new Map(this.entries);
    this.entries.clear();
    const entered: string[] = [];
    const updated: string[] = [];
    for (const row of frame.enter) {
      const key = this.keyOf(row);
      const known = before.get(key);
      before.delete(key);
      if (known !== undefined && changedColumns(known.row, row).length === 0) {
        this.entries.set(key, known);
        continue;
      }
      this.entries.set(key, { row, change: null });
      (known === undefined ? entered : updated).push(key);
    }
    this.counted = frame.total;
    this.sortAll();
    const left = [...before].map(([key, { row }]): Departure => ({ key, row, why: 'left' }));
    return { reset: reason, entered, updated, left, appliedAt: now };
  }

  private applyChanges(frame: FeedFrame, now: number): Applied | null {
    const totalBefore = this.counted;
    const moved = new Set<string>();
    const whole = this.isWhole();
    this.own = false;
    this.bulk = frame.leave.length + frame.enter.length + frame.update.length > SORT_ABOVE;
    const left = frame.leave.flatMap((leave) => this.takeOut(leave, moved, whole));
    const entered: string[] = [];
    const updated: string[] = [];
    for (const row of frame.enter) {
      const outcome = this.put(row, moved, whole, now);
      if (outcome === 'entered') entered.push(this.keyOf(row));
      else if (outcome === 'updated') updated.push(this.keyOf(row));
    }
    for (const update of frame.update) {
      if (this.merge(update, moved, now)) updated.push(this.keyOf(update.key));
    }
    this.place(moved);
    const nothing = left.length + entered.length + updated.length === 0 && this.counted === totalBefore;
    return nothing ? null : { reset: null, entered, updated, left, appliedAt: now };
  }

  /** Whether all rows of the view are held, so that none goes on behind the last. */
  private isWhole(): boolean {
    return this.counted === null ? this.entries.size < this.limit : this.entries.size >= this.counted;
  }

  private takeOut(leave: Leave, moved: Set<string>, whole: boolean): Departure[] {
    const key = this.keyOf(leave.key);
    const entry = this.entries.get(key);
    if (entry === undefined) {
      if (!whole) this.count(-1);
      return [];
    }
    this.unsort(key, entry.row);
    this.entries.delete(key);
    moved.delete(key);
    this.count(-1);
    return [{ key, row: entry.row, why: leave.why }];
  }

  private put(row: Row, moved: Set<string>, whole: boolean, now: number): 'entered' | 'updated' | 'ignored' {
    const key = this.keyOf(row);
    const known = this.entries.get(key);
    if (known !== undefined) return this.exchange(key, known, row, moved, now) ? 'updated' : 'ignored';
    this.count(1);
    if (!whole && this.isBehindTheLast(row)) return 'ignored';
    this.entries.set(key, { row, change: this.change('entered', Object.keys(row), now) });
    moved.add(key);
    return 'entered';
  }

  private merge(update: Update, moved: Set<string>, now: number): boolean {
    const key = this.keyOf(update.key);
    const known = this.entries.get(key);
    return known !== undefined && this.exchange(key, known, { ...known.row, ...update.set }, moved, now);
  }

  private exchange(key: string, known: Entry, row: Row, moved: Set<string>, now: number): boolean {
    const columns = changedColumns(known.row, row);
    if (columns.length === 0) return false;
    if (!moved.has(key) && this.compare(known.row, row) !== 0) {
      this.unsort(key, known.row);
      moved.add(key);
    }
    const fresh = known.change?.kind === 'entered' && known.change.appliedAt === now;
    const change = fresh ? known.change : this.change('updated', columns, now);
    this.entries.set(key, { row, change });
    return true;
  }

  private change(kind: RowChange['kind'], columns: readonly string[], appliedAt: number): RowChange {
    this.changes += 1;
    return { kind, columns, number: this.changes, appliedAt };
  }

  private count(difference: number): void {
    if (this.counted !== null) this.counted = Math.max(0, this.counted + difference);
  }

  private isBehindTheLast(row: Row): boolean {
    const last = this.sorted.at(-1);
    const lastRow = last === undefined ? undefined : this.entries.get(last)?.row;
    return lastRow !== undefined && this.compare(row, lastRow) > 0;
  }

  private unsort(key: string, row: Row): void {
    if (this.bulk) return;
    // The comparison ends with the primary key, so the place found is the row's own.
    let at = this.firstNotBefore(row);
    if (this.sorted[at] !== key) at = this.sorted.indexOf(key);
    if (at >= 0) this.ownSorted().splice(at, 1);
  }

  private place(moved: ReadonlySet<string>): void {
    if (this.bulk) {
      this.sortAll();
      return;
    }
    for (const key of moved) {
      const entry = this.entries.get(key);
      if (entry !== undefined) this.ownSorted().splice(this.firstNotBefore(entry.row), 0, key);
    }
  }

  private ownSorted(): string[] {
    if (!this.own) this.sorted = [...this.sorted];
    this.own = true;
    return this.sorted;
  }

  private firstNotBefore(row: Row): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.entries.get(this.sorted[middle] ?? '')?.row;
      if (other !== undefined && this.compare(other, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private sortAll(): void {
    this.sorted = [...this.entries].sort(([, a], [, b]) => this.compare(a.row, b.row)).map(([key]) => key);
  }

  private keyOf(row: Json): string {
    const [only] = this.key;
    if (this.key.length === 1 && only !== undefined) {
      const value = row[only];
      return typeof value === 'string' ? value : JSON.stringify(value ?? null);
    }
    return JSON.stringify(this.key.map((column) => row[column] ?? null));
  }
}

function* touched(applied: Applied): Iterable<string> {
  yield* applied.entered;
  yield* applied.updated;
  for (const { key } of applied.left) yield key;
}

function changedColumns(before: Row, after: Row): string[] {
  return Object.keys({ ...before, ...after }).filter((column) => !same(before[column], after[column]));
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}
