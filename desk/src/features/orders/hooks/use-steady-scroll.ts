import type { Virtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState } from 'react';

export interface SteadyScroll {
  /** How many rows came in above what is seen, since it was scrolled there. */
  readonly unseen: number;
  /** Whether rows may glide to their new places; while scrolled they stay put instead. */
  readonly glides: boolean;
  onScroll(): void;
  toTop(): void;
}

interface Anchor {
  readonly keys: readonly string[];
  readonly first: string | undefined;
}

/**
 * While the list is scrolled, rows that come and go above do not move what is being read.
 *
 * @param question another one (a filter, a search) begins at the top
 */
export function useSteadyScroll(
  keys: readonly string[],
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rowHeight: number,
  question: string,
): SteadyScroll {
  const anchor = useRef<Anchor>({ keys, first: undefined });
  const asked = useRef(question);
  const [unseen, setUnseen] = useState(0);
  const [glides, setGlides] = useState(true);

  const firstSeen = (of: readonly string[]) => of[Math.floor((virtualizer.scrollOffset ?? 0) / rowHeight)];

  useLayoutEffect(() => {
    const scroller = virtualizer.scrollElement;
    if (scroller === null) return;
    const before = anchor.current;
    if (asked.current !== question) {
      asked.current = question;
      scroller.scrollTop = 0;
      setUnseen(0);
    } else if (before.keys !== keys && scroller.scrollTop > 0 && before.first !== undefined) {
      const was = before.keys.indexOf(before.first);
      const is = keys.indexOf(before.first);
      if (is >= 0 && is !== was) scroller.scrollTop += (is - was) * rowHeight;
      const known = new Set(before.keys);
      const above = keys.slice(0, Math.max(0, is)).filter((key) => !known.has(key)).length;
      if (above > 0) setUnseen((count) => count + above);
    }
    anchor.current = { keys, first: keys[Math.floor(scroller.scrollTop / rowHeight)] };
  }, [keys, question, rowHeight, virtualizer]);

  return {
    unseen,
    glides,
    onScroll: () => {
      const top = (virtualizer.scrollElement?.scrollTop ?? 0) < rowHeight / 2;
      anchor.current = { keys, first: top ? undefined : firstSeen(keys) };
      if (top !== glides) setGlides(top);
      if (top && unseen > 0) setUnseen(0);
    },
    // At once: a row that comes in meanwhile would stop a smooth scroll half way.
    toTop: () => virtualizer.scrollToOffset(0),
  };
}
