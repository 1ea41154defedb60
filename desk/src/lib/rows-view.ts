import type { Applied, LiveRows, Row } from '@lockstep/client';
import { useMemo, useSyncExternalStore } from 'react';

/** A row that has just gone from a view, for those who show it going. */
export interface Ghost {
  readonly key: string;
  readonly row: Row;
  /** Where it stood. */
  readonly index: number;
}

/** What is shown of live rows. */
export interface Shape {
  keep(row: Row): boolean;
  /** Another order than the rows' own. */
  readonly compare?: ((a: Row, b: Row) => number) | undefined;
}

/** More than so many go at once only when something larger happened, which no fading explains. */
const MOST_GHOSTS = 12;

/** The keys of the rows that a shape keeps, the same array as long as they are the same keys in the same order. */
export class RowsView {
  private readonly rows: LiveRows;
  private readonly shape: Shape;
  private version = -1;
  private shownKeys: readonly string[] = [];
  private shownGhosts: readonly Ghost[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(rows: LiveRows, shape: Shape) {
    this.rows = rows;
    this.shape = shape;
    this.refresh();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    const stop = this.rows.subscribe((applied) => {
      this.follow(applied);
      listener();
    });
    return () => {
      stop();
      this.listeners.delete(listener);
    };
  };

  readonly keys = (): readonly string[] => {
    this.refresh();
    return this.shownKeys;
  };

  readonly ghosts = (): readonly Ghost[] => this.shownGhosts;

  /** The ghost has faded. */
  forget(key: string): void {
    this.shownGhosts = this.shownGhosts.filter((ghost) => ghost.key !== key);
    for (const listener of this.listeners) listener();
  }

  private follow(applied: Applied): void {
    if (this.version === this.rows.version()) return;
    const before = this.shownKeys;
    this.refresh();
    if (applied.reset !== null || before === this.shownKeys) return;
    const departed = new Map(applied.left.map(({ key, row }) => [key, row]));
    const suspects = new Set([...departed.keys(), ...applied.updated]);
    if (suspects.size > MOST_GHOSTS) return;
    const ghosts = [...suspects].flatMap((key) => this.ghost(key, before, departed.get(key)));
    if (ghosts.length === 0) return;
    const again = new Set(ghosts.map(({ key }) => key));
    this.shownGhosts = [...this.shownGhosts.filter(({ key }) => !again.has(key)), ...ghosts].slice(
      -MOST_GHOSTS,
    );
  }

  private ghost(key: string, before: readonly string[], departed: Row | undefined): Ghost[] {
    const row = departed ?? this.rows.row(key);
    if (row === undefined || (departed === undefined && this.shape.keep(row))) return [];
    const index = before.indexOf(key);
    return index < 0 ? [] : [{ key, row, index }];
  }

  private refresh(): void {
    if (this.version === this.rows.version()) return;
    this.version = this.rows.version();
    const next = this.rows.keys().filter((key) => {
      const row = this.rows.row(key);
      return row !== undefined && this.shape.keep(row);
    });
    const { compare } = this.shape;
    if (compare !== undefined) {
      next.sort((a, b) => compare(this.rows.row(a) ?? {}, this.rows.row(b) ?? {}));
    }
    if (!sameKeys(this.shownKeys, next)) this.shownKeys = next;
  }
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, at) => key === b[at]);
}

export interface Shown {
  readonly view: RowsView;
  readonly keys: readonly string[];
  readonly ghosts: readonly Ghost[];
}

export function useRowsView(rows: LiveRows, shape: Shape): Shown {
  const view = useMemo(() => new RowsView(rows, shape), [rows, shape]);
  const keys = useSyncExternalStore(view.subscribe, view.keys);
  const ghosts = useSyncExternalStore(view.subscribe, view.ghosts);
  return { view, keys, ghosts };
}

/** Something computed from all rows; the same object as long as it is written the same. */
export function useDerived<T>(rows: LiveRows, derive: (rows: LiveRows) => T): T {
  const store = useMemo(() => derived(rows, derive), [rows, derive]);
  return useSyncExternalStore(store.subscribe, store.value);
}

function derived<T>(rows: LiveRows, derive: (rows: LiveRows) => T) {
  let version = rows.version();
  let value = derive(rows);
  let text = JSON.stringify(value);
  return {
    subscribe: (listener: () => void) => rows.subscribe(() => listener()),
    value: () => {
      if (version === rows.version()) return value;
      version = rows.version();
      const next = derive(rows);
      const nextText = JSON.stringify(next);
      if (nextText !== text) {
        value = next;
        text = nextText;
      }
      return value;
    },
  };
}
