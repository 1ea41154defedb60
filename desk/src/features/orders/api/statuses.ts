/** The statuses of an order, in the order of its life. */
export const STATUSES = [
  'pending',
  'confirmed',
  'preparing',
  'in_progress',
  'ready',
  'delivered',
  'completed',
  'cancelled',
] as const;

export type Status = (typeof STATUSES)[number];

export function isStatus(text: string): text is Status {
  return STATUSES.some((status) => status === text);
}

const CLOSED: ReadonlySet<string> = new Set(['delivered', 'completed', 'cancelled']);

/** Somebody still has to do something about it. */
export function isOpen(status: string): boolean {
  return !CLOSED.has(status);
}

const WORDS: Record<Status, { readonly word: string; readonly meaning: string }> = {
  pending: { word: 'Pending', meaning: 'Came in, nobody has confirmed it yet' },
  confirmed: { word: 'Confirmed', meaning: 'Accepted, work has not begun' },
  preparing: { word: 'Preparing', meaning: 'Being put together' },
  in_progress: { word: 'In progress', meaning: 'Being worked on' },
  ready: { word: 'Ready', meaning: 'Done, waits to be picked up or delivered' },
  delivered: { word: 'Delivered', meaning: 'With the customer' },
  completed: { word: 'Completed', meaning: 'Closed' },
  cancelled: { word: 'Cancelled', meaning: 'Will not be done' },
};

/** What a status is called; one that we do not know stands as it is. */
export function wordOf(status: string): string {
  return isStatus(status) ? WORDS[status].word : status;
}

export function meaningOf(status: string): string {
  return isStatus(status) ? WORDS[status].meaning : 'A status that this version does not know';
}
