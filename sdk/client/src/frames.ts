/** A JSON object, as parsed. */
export type Json = Readonly<Record<string, unknown>>;

/** What the server can say, in version 2 of the channel protocol. */
export type ServerFrame =
  | {
      readonly type: 'reply';
      readonly topic: string;
      readonly ref: string;
      readonly ok: boolean;
      readonly response: Json;
    }
  | {
      readonly type: 'push';
      readonly topic: string;
      readonly joinRef: string | null;
      readonly event: string;
      readonly payload: Json;
    }
  /** `phx_close` or `phx_error`; `ref` is the join's. */
  | {
      readonly type: 'end';
      readonly topic: string;
      readonly ref: string | null;
      readonly how: 'close' | 'error';
    };

export interface Push {
  readonly joinRef: string | null;
  readonly ref: string;
  readonly topic: string;
  readonly event: string;
  readonly payload: Json;
}

export function encode({ joinRef, ref, topic, event, payload }: Push): string {
  return JSON.stringify([joinRef, ref, topic, event, payload]);
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one text frame; null when it is no frame of this protocol. */
export function decode(text: string): ServerFrame | null {
  const frame = parsed(text);
  if (!Array.isArray(frame)) return null;
  const [joinRef, ref, topic, event, payload]: readonly unknown[] = frame;
  if (typeof topic !== 'string' || typeof event !== 'string' || !isObject(payload)) return null;
  if (event === 'phx_reply') {
    if (typeof ref !== 'string') return null;
    const response = isObject(payload.response) ? payload.response : {};
    return { type: 'reply', topic, ref, ok: payload.status === 'ok', response };
  }
  if (event === 'phx_close' || event === 'phx_error') {
    const how = event === 'phx_close' ? 'close' : 'error';
    return { type: 'end', topic, ref: typeof ref === 'string' ? ref : null, how };
  }
  return { type: 'push', topic, joinRef: typeof joinRef === 'string' ? joinRef : null, event, payload };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
