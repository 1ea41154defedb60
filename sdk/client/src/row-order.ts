import type { Json } from './frames.js';

export type Comparison = (a: Json, b: Json) => number;

interface Term {
  readonly column: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/**
 * The order of rows by the REST order grammar: `due_at.asc.nullslast,id.desc`. As in PostgreSQL, nulls count as the
 * largest values unless told. Numbers, booleans, and texts by their code units, which is also the order of uuids and
 * of timestamps in UTC; it is not the order of a language's collation.
 */
export function rowOrder(order: string | undefined, key: readonly string[]): Comparison {
  const terms = [...(order ?? '').split(',').map(readTerm), ...key.map(readTerm)].filter(
    (term) => term.column !== '',
  );
  return (a, b) => {
    for (const term of terms) {
      const found = compareTerm(term, a[term.column] ?? null, b[term.column] ?? null);
      if (found !== 0) return found;
    }
    return 0;
  };
}

function readTerm(text: string): Term {
  const [column = '', ...words] = text.trim().split('.');
  const descending = words.includes('desc');
  const nullsFirst = words.includes('nullsfirst') || (descending && !words.includes('nullslast'));
  return { column, descending, nullsFirst };
}

function compareTerm(term: Term, a: unknown, b: unknown): number {
  if (a === null || b === null) {
    if (a === b) return 0;
    return (a === null) === term.nullsFirst ? -1 : 1;
  }
  const found = compareValues(a, b);
  return term.descending ? -found : found;
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const left = typeof a === 'string' ? a : JSON.stringify(a);
  const right = typeof b === 'string' ? b : JSON.stringify(b);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
