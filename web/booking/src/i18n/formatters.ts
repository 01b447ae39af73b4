import type { CalendarDate } from '../types.ts';
import type { Locale } from './texts.ts';

/**
 * How dates and numbers are written. British English beside Indonesian: both put the day before the month, and use
 * the 24-hour clock that the times of sessions have.
 */
const TAGS: Record<Locale, string> = { id: 'id-ID', en: 'en-GB' };

/** Writes what is not text, in one language. */
export interface Formatters {
  /** A moment's time of day, in the user's zone: `12.04.09` / `12:04:09`. */
  time(moment: Date): string;
  /** A session's time of day, `07:00` from the API: `07.00` / `07:00`. */
  timeOfDay(time: string): string;
  /** A calendar day: `Senin, 23 November 2026` / `Monday 23 November 2026`. */
  date(day: CalendarDate): string;
  /** The same in short: `Sen, 23 Nov` / `Mon 23 Nov`. */
  shortDate(day: CalendarDate): string;
  /** Day and time of a moment, in the user's zone. */
  dateTime(moment: Date): string;
  /** Rupiah: `Rp 75.000` / `Rp 75,000`, with a no-break space. */
  money(rupiah: number): string;
  /** How long ago, or how far ahead, in whole units: `5 menit yang lalu`. */
  relative(moment: Date, now?: Date): string;
  number(value: number): string;
  /**
   * The name of a session's zone (`WIB`, `WITA`, `WIT`, else `GMT+9`) if clocks there show another time than the
   * user's; `null` if they do not: then the time needs no name.
   */
  timeZoneName(zone: string, at?: Date): string | null;
}

/** Formatters of a language. `userZone`: the IANA name of the user's zone, by default that of the browser. */
export function createFormatters(locale: Locale, userZone?: string): Formatters {
  const tag = TAGS[locale];
  const zone = userZone === undefined ? {} : { timeZone: userZone };
  const time = new Intl.DateTimeFormat(tag, { timeStyle: 'medium', ...zone });
  const dateTime = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short', ...zone });
  // A calendar day is the same everywhere: it is read and written in one zone.
  const date = new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeZone: 'UTC' });
  const shortDate = new Intl.DateTimeFormat(tag, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
  const money = new Intl.NumberFormat(tag, {
    style: 'currency',
    currency: 'IDR',
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: 0,
  });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' });
  const number = new Intl.NumberFormat(tag);
  return {
    time: (moment) => time.format(moment),
    timeOfDay: (text) => (locale === 'id' ? text.replace(':', '.') : text),
    date: (day) => date.format(startOf(day)),
    shortDate: (day) => shortDate.format(startOf(day)),
    dateTime: (moment) => dateTime.format(moment),
    money: (rupiah) => money.format(rupiah),
    relative: (moment, now = new Date()) => relative.format(...inUnits(moment.getTime() - now.getTime())),
    number: (value) => number.format(value),
    timeZoneName: (name, at = new Date()) => nameOfOtherZone(name, userZone, at),
  };
}

function startOf(day: CalendarDate): Date {
  return new Date(`${day}T00:00:00Z`);
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, milliseconds: number][] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** A span in the largest unit of which it has one, cut to a whole number; below a minute it is now. */
function inUnits(milliseconds: number): [number, Intl.RelativeTimeFormatUnit] {
  for (const [unit, size] of UNITS) {
    const whole = Math.trunc(milliseconds / size);
    if (whole !== 0) return [whole, unit];
  }
  return [0, 'second'];
}

function nameOfOtherZone(zone: string, userZone: string | undefined, at: Date): string | null {
  if (zonePart('en-GB', 'longOffset', zone, at) === zonePart('en-GB', 'longOffset', userZone, at))
    return null;
  // Only Indonesian has the names that are used on the spot, in whichever language one speaks.
  return zonePart('id-ID', 'short', zone, at);
}

function zonePart(
  tag: string,
  timeZoneName: 'short' | 'longOffset',
  timeZone: string | undefined,
  at: Date,
): string {
  const format = new Intl.DateTimeFormat(tag, { timeZoneName, ...(timeZone !== undefined && { timeZone }) });
  return format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
}
