import { isObject, type Json } from './frames.js';

/** The payload of a `feed` event; see docs/protocol.md. */
export interface FeedFrame {
  readonly id: number;
  readonly token: string | null;
  /** Why all rows are replaced; null when they are not. */
  readonly reset: string | null;
  readonly total: number | null;
  /** Commit time in milliseconds since 1970. */
  readonly at: number | null;
  readonly enter: readonly Json[];
  readonly update: readonly Update[];
  readonly leave: readonly Leave[];
  readonly more: boolean;
}

export interface Update {
  readonly key: Json;
  readonly set: Json;
}

export interface Leave {
  readonly key: Json;
  readonly why: 'deleted' | 'left';
}

/** Null when it is no feed frame; entries of a wrong shape are left out. */
export function readFeedFrame(payload: Json): FeedFrame | null {
  const { id, token, reset, total, at, more } = payload;
  if (typeof id !== 'number') return null;
  return {
    id,
    token: typeof token === 'string' ? token : null,
    reset: typeof reset === 'string' ? reset : null,
    total: typeof total === 'number' ? total : null,
    at: typeof at === 'number' ? at : null,
    enter: objects(payload.enter),
    update: objects(payload.update).flatMap(readUpdate),
    leave: objects(payload.leave).flatMap(readLeave),
    more: more === true,
  };
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function readUpdate({ key, set }: Json): Update[] {
  return isObject(key) && isObject(set) ? [{ key, set }] : [];
}

function readLeave({ key, why }: Json): Leave[] {
  return isObject(key) ? [{ key, why: why === 'deleted' ? 'deleted' : 'left' }] : [];
}

/** Gathers the frames of one step, which `more` announces, into one. */
export class FrameGatherer {
  private parts: FeedFrame[] = [];

  /** The whole step with the last frame's token, or null while more is to come. */
  add(frame: FeedFrame): FeedFrame | null {
    this.parts.push(frame);
    if (frame.more) return null;
    const parts = this.parts;
    this.parts = [];
    return parts.length === 1 ? frame : joined(parts, frame);
  }

  /** What was gathered before a connection was lost will never be whole. */
  forget(): void {
    this.parts = [];
  }
}

function joined(parts: readonly FeedFrame[], last: FeedFrame): FeedFrame {
  const first = parts.find((part) => part.reset !== null);
  return {
    id: last.id,
    token: last.token,
    reset: first?.reset ?? null,
    total: parts.find((part) => part.total !== null)?.total ?? null,
    at: parts.find((part) => part.at !== null)?.at ?? null,
    enter: parts.flatMap((part) => part.enter),
    update: parts.flatMap((part) => part.update),
    leave: parts.flatMap((part) => part.leave),
    more: false,
  };
}
