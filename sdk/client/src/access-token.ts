import type { Environment } from './environment.js';

/**
 * Gives the caller's access token, or null where the API key alone speaks.
 *
 * @param renew the last one was refused or is about to end: a new one is needed
 */
export type TokenSource = (renew: boolean) => Promise<string | null>;

/** A token is renewed so long before its end. */
const EARLY = 60_000;
/** Timers of browsers overflow above 2^31 - 1 milliseconds. */
const LONGEST_WAIT = 86_400_000;

/** Holds the access token, shares one request for it among all channels, and tells when it was renewed. */
export class AccessToken {
  private readonly source: TokenSource;
  private readonly environment: Environment;
  private readonly renewed: (token: string) => void;
  private asked: Promise<string | null> | null = null;
  private cancel = () => {};
  private ended = false;

  constructor(source: TokenSource, environment: Environment, renewed: (token: string) => void) {
    this.source = source;
    this.environment = environment;
    this.renewed = renewed;
  }

  get(renew: boolean): Promise<string | null> {
    if (this.asked === null || renew) this.ask(renew);
    return this.asked ?? Promise.resolve(null);
  }

  close(): void {
    this.ended = true;
    this.cancel();
    this.asked = null;
  }

  private ask(renew: boolean): void {
    this.cancel();
    this.ended = false;
    const asked = this.source(renew);
    this.asked = asked;
    asked.then(
      (token) => {
        if (this.asked === asked && token !== null) this.renewBefore(expiryOf(token));
      },
      () => {
        // Whoever asked hears of it; the next one asks anew.
        if (this.asked === asked) this.asked = null;
      },
    );
  }

  private renewBefore(expiry: number | null): void {
    if (expiry === null || this.ended) return;
    const wait = Math.max(1_000, expiry - EARLY - this.environment.now());
    this.cancel = this.environment.after(Math.min(wait, LONGEST_WAIT), () => {
      if (wait > LONGEST_WAIT) {
        this.renewBefore(expiry);
        return;
      }
      this.get(true).then(
        (token) => {
          if (token !== null && !this.ended) this.renewed(token);
        },
        // The server closes the channels when the token ends, and each then asks for a new one.
        () => {},
      );
    });
  }
}

/** When a JWT ends, in milliseconds since 1970; null for any other token. */
export function expiryOf(token: string): number | null {
  const claims = token.split('.')[1];
  if (claims === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
    if (typeof parsed !== 'object' || parsed === null || !('exp' in parsed)) return null;
    return typeof parsed.exp === 'number' ? parsed.exp * 1_000 : null;
  } catch {
    return null;
  }
}
