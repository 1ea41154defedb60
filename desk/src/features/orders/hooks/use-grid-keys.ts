import type { Virtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useLayoutEffect, useState } from 'react';

export interface GridKeys {
  /** The row that Tab reaches. */
  readonly current: string | undefined;
  focus(key: string): void;
  onKeyDown(event: KeyboardEvent): void;
}

const PAGE = 10;

/** Moves the focus from row to row by the arrows; a row keeps it wherever it moves. */
export function useGridKeys(
  keys: readonly string[],
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rowOf: (key: string) => HTMLElement | null,
): GridKeys {
  const [chosen, setChosen] = useState<string>();
  const [moves, setMoves] = useState(0);
  const current = chosen !== undefined && keys.includes(chosen) ? chosen : keys[0];

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each move, when its row has been rendered
  useLayoutEffect(() => {
    if (moves > 0 && current !== undefined) rowOf(current)?.focus({ preventScroll: true });
  }, [moves]);

  const moveTo = (index: number) => {
    const bounded = Math.max(0, Math.min(keys.length - 1, index));
    virtualizer.scrollToIndex(bounded, { align: 'auto' });
    setChosen(keys[bounded]);
    setMoves(moves + 1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = current === undefined ? 0 : keys.indexOf(current);
    const target = targetOf(event.key, at, keys.length);
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moveTo(target);
  };
  return { current, focus: setChosen, onKeyDown };
}

function targetOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return at + 1;
    case 'ArrowUp':
      return at - 1;
    case 'PageDown':
      return at + PAGE;
    case 'PageUp':
      return at - PAGE;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
