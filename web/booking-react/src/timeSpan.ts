import type { Formatters, StudioSession } from '@gema/booking';

/** From when to when a session lasts, with the zone of its clock where the visitor's clock shows another time. */
export function timeSpan(session: StudioSession, format: Formatters): string {
  const zone = format.timeZoneName(session.timezone);
  const span = `${format.timeOfDay(session.start_time)} - ${format.timeOfDay(session.end_time)}`;
  return zone === null ? span : `${span} ${zone}`;
}
