/** A day of the calendar, `YYYY-MM-DD`, in no time zone. */
export type Day = string;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The day and the time of day (`HH:MM`) that a clock in `timeZone` shows at the moment `now` (epoch ms). */
export function clockIn(timeZone: string, now: number): { day: Day; time: string } {
  // Sweden writes dates as ISO 8601 does: `2026-11-24 01:30:00`.
  const text = new Date(now).toLocaleString('sv-SE', { timeZone });
  return { day: text.slice(0, 10), time: text.slice(11, 16) };
}

/** The day `count` days after (before, when negative) `day`. */
export function addDays(day: Day, count: number): Day {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + count);
  return moment.toISOString().slice(0, 10);
}

/** Whether `text` is a day that exists: neither `2026-02-30` nor `yesterday` is. */
export function isDay(text: string): text is Day {
  if (!DAY.test(text)) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}

/** Whether a session that ends at `endTime` (`HH:MM`) on `day` in `timeZone` is over at `now` (epoch ms). */
export function isOver(day: Day, endTime: string, timeZone: string, now: number): boolean {
  const clock = clockIn(timeZone, now);
  return day < clock.day || (day === clock.day && endTime <= clock.time);
}
