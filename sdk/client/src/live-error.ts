/** Whose fault it was: the way there, the rights, the server, or the question itself. */
export type ErrorKind = 'network' | 'auth' | 'server' | 'client';

export interface ErrorDetails {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Everything that this SDK reports as failed. */
export class LiveError extends Error {
  override readonly name = 'LiveError';
  readonly kind: ErrorKind;
  /** The server's code, such as `policy.forbidden`, or one of ours, such as `network.lost`. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;

  constructor(kind: ErrorKind, details: ErrorDetails) {
    super(details.message);
    this.kind = kind;
    this.code = details.code;
    this.hint = details.hint;
    this.requestId = details.requestId;
  }

  /** Whether the same attempt may succeed later without anybody doing anything. */
  get temporary(): boolean {
    return this.kind === 'network' || this.kind === 'server';
  }
}

const AUTH = /^(auth\.|Unauthorized|InvalidJWT|MalformedJWT|JwtSign)/;
const CLIENT =
  /^(request\.|policy\.|data\.|route\.|lock\.|PrivateOnly|TopicNameRequired|UnableToReplayMessages)/;

function kindOf(code: string): ErrorKind {
  if (AUTH.test(code)) return 'auth';
  return CLIENT.test(code) ? 'client' : 'server';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Reads the response of a refused join or push: `{reason, code?, hint?, requestId?}`, or the failure body of REST. */
export function refusal(response: Readonly<Record<string, unknown>>): LiveError {
  const reason =
    textOf(response.message) ?? textOf(response.reason) ?? 'The server refused and gave no reason.';
  const prefix = /^([A-Z][A-Za-z]+): /.exec(reason)?.[1];
  const code = textOf(response.code) ?? prefix ?? 'server.refused';
  return new LiveError(kindOf(code), {
    code,
    message: reason,
    hint: textOf(response.hint),
    requestId: textOf(response.requestId),
  });
}

/** A LiveError as it is; anything else as a failure of the network, which is what fetch and sockets throw. */
export function asLiveError(thrown: unknown): LiveError {
  if (thrown instanceof LiveError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new LiveError('network', { code: 'network.failed', message });
}
