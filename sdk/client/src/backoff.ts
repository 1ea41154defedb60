export interface Waits {
  /** The first wait, in milliseconds. */
  readonly first: number;
  /** No wait is longer. */
  readonly most: number;
}

/** The longest is below five seconds: so soon is everybody back after the server is. */
export const CONNECTION_WAITS: Waits = { first: 200, most: 4_000 };
export const JOIN_WAITS: Waits = { first: 500, most: 30_000 };

/**
 * How long to wait before an attempt, counted from 1: doubling, capped, shortened at random by up to half so that
 * many clients do not come back at the same moment.
 *
 * @param random from 0 (inclusive) to 1
 */
export function backoff(attempt: number, random: number, { first, most }: Waits): number {
  const whole = Math.min(most, first * 2 ** Math.min(attempt - 1, 30));
  return Math.round(whole * (1 - random / 2));
}
