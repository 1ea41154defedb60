import { isObject, type Json, LiveError, refusal } from '@lockstep/client';

/** A server that answers later than this is taken for one that does not. */
const ANSWER_WITHIN = 10_000;

/** Fetches JSON; whatever goes wrong is a LiveError that says what, with the server's code and request id. */
export async function fetchJson(path: string, init: RequestInit = {}): Promise<unknown> {
  const timeout = AbortSignal.timeout(ANSWER_WITHIN);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  const response = await fetch(path, { ...init, signal }).catch((thrown: unknown) => {
    throw unreachable(thrown);
  });
  const body = await bodyOf(response);
  if (response.ok && body !== undefined) return body;
  if (isObject(body) && typeof body.code === 'string') throw refusal(body);
  throw new LiveError(response.status >= 500 ? 'server' : 'client', {
    code: `http.${response.status}`,
    message: response.ok
      ? 'The answer is no JSON.'
      : `The server answered ${response.status} ${response.statusText}.`,
  });
}

export function postJson(path: string, body: Json): Promise<unknown> {
  return fetchJson(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Where an answer has not the shape that was agreed on. */
export function unexpected(path: string): LiveError {
  return new LiveError('server', {
    code: 'client.unexpected',
    message: `The answer of ${path} has another shape.`,
  });
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // Not JSON: the status says what there is to say.
    return undefined;
  }
}

function unreachable(thrown: unknown): LiveError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new LiveError('network', {
    code: 'network.unreachable',
    message: `The server cannot be reached (${why}).`,
  });
}
