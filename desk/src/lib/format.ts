const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat(undefined, { style: 'short', numeric: 'auto' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const number = new Intl.NumberFormat();

/** How far a time is, as people say it: minutes and hours near by, then the day and the time, then the date. */
export function humaneTime(at: number, now: number): string {
  const difference = at - now;
  const far = Math.abs(difference);
  if (far < 45_000) return relative.format(0, 'minute');
  if (far < HOUR) return relative.format(Math.round(difference / MINUTE), 'minute');
  if (far < 12 * HOUR) return relative.format(Math.round(difference / HOUR), 'hour');
  const days = daysBetween(now, at);
  if (Math.abs(days) <= 1) return `${capital(relative.format(days, 'day'))} ${clock.format(at)}`;
  return far < 6 * DAY ? weekday.format(at) : date.format(at);
}

const minutes = new Intl.NumberFormat(undefined, { style: 'unit', unit: 'minute', unitDisplay: 'short' });
const hours = new Intl.NumberFormat(undefined, { style: 'unit', unit: 'hour', unitDisplay: 'short' });

function daysBetween(from: number, to: number): number {
  return Math.round((new Date(to).setHours(0, 0, 0, 0) - new Date(from).setHours(0, 0, 0, 0)) / DAY);
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** How long a time is over. */
export function lateText(at: number, now: number): string {
  const far = now - at;
  if (far < 45_000) return 'Due now';
  if (far < HOUR) return `${minutes.format(Math.round(far / MINUTE))} late`;
  if (far < 12 * HOUR) return `${hours.format(Math.round(far / HOUR))} late`;
  return `Late, ${humaneTime(at, now)}`;
}

export function clockTime(at: number): string {
  return clock.format(at);
}

/** For hovering and for screen readers. */
export function wholeTime(at: number): string {
  return whole.format(at);
}

export function wholeNumber(value: number): string {
  return number.format(value);
}

const currencies = new Map<string, Intl.NumberFormat>();

export function money(value: number, currency: string): string {
  let format = currencies.get(currency);
  if (format === undefined) {
    format = moneyFormat(currency);
    currencies.set(currency, format);
  }
  return format.format(value);
}

function moneyFormat(currency: string): Intl.NumberFormat {
  try {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
  } catch {
    // No currency that Intl knows: the plain number is still true.
    return new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }
}

/** From commit to screen. */
export function delayText(milliseconds: number): string {
  if (milliseconds < 1) return '< 1 ms';
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
