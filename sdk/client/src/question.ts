/** What a feed is asked for; see "Live feeds" in docs/protocol.md. */
export interface Question {
  readonly table: string;
  readonly select?: readonly string[];
  /** The REST filter grammar, not URL-encoded: `status=eq.pending&due_at=lt.2026-01-01`. */
  readonly where?: string;
  /** The REST order grammar: `due_at.asc.nullslast,id.asc`. */
  readonly order?: string;
  /** How many rows a first load brings, at most 10,000. */
  readonly limit?: number;
  /** Whether a first load counts all rows of the filter. */
  readonly total?: boolean;
  readonly batchMs?: number;
}

/** The same text for equal questions, whatever the order of their keys. */
export function canonical(question: Question): string {
  const entries = Object.entries(question).filter(([, value]) => value !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries));
}

/** Equal questions meet in one topic, so that the server writes equal frames to all who ask them. */
export function topicOf(question: Question): string {
  return `realtime:feed:${hash(canonical(question))}`;
}

/** cyrb53 by bryc (public domain): 53 bits, in base 36. */
function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
