import { describe, expect, it } from 'vitest';
import { createFormatters } from '../src/index.ts';

const JAKARTA = 'Asia/Jakarta';
const MOMENT = new Date('2026-11-23T05:04:09Z');
const id = createFormatters('id', JAKARTA);
const en = createFormatters('en', JAKARTA);

/** Which kind of space stands in a number is a matter of the version of ICU. */
function plain(text: string): string {
  return text.replace(/[\u00a0\u202f]/g, ' ');
}

describe('createFormatters', () => {
  it('writes times of day in the zone of the user (X-80)', () => {
    expect(id.time(MOMENT)).toBe('12.04.09');
    expect(en.time(MOMENT)).toBe('12:04:09');
    expect(createFormatters('id', 'UTC').time(MOMENT)).toBe('05.04.09');
  });

  it('writes times of sessions as they are', () => {
    expect(id.timeOfDay('07:00')).toBe('07.00');
    expect(en.timeOfDay('07:00')).toBe('07:00');
  });

  it('writes days, the same in all zones', () => {
    for (const zone of [JAKARTA, 'Pacific/Honolulu', 'Pacific/Kiritimati']) {
      expect(createFormatters('id', zone).date('2026-11-23')).toBe('Senin, 23 November 2026');
    }
    expect(en.date('2026-11-23')).toMatch(/^Monday,? 23 November 2026$/);
    expect(id.shortDate('2026-11-23')).toBe('Sen, 23 Nov');
    expect(en.shortDate('2026-11-23')).toMatch(/^Mon,? 23 Nov$/);
  });

  it('writes a day and its time', () => {
    expect(id.dateTime(MOMENT)).toBe('23 Nov 2026, 12.04');
    expect(en.dateTime(MOMENT)).toBe('23 Nov 2026, 12:04');
  });

  it('writes rupiah', () => {
    expect(plain(id.money(75_000))).toBe('Rp 75.000');
    expect(plain(id.money(1_250_000))).toBe('Rp 1.250.000');
    expect(plain(en.money(75_000))).toBe('Rp 75,000');
    expect(plain(id.money(0))).toBe('Rp 0');
  });

  it('writes numbers', () => {
    expect(id.number(1200)).toBe('1.200');
    expect(en.number(1200)).toBe('1,200');
  });

  it.each([
    ['2026-11-23T05:04:09Z', 'sekarang', 'now'],
    ['2026-11-23T05:03:10Z', 'sekarang', 'now'],
    ['2026-11-23T04:59:09Z', '5 menit yang lalu', '5 minutes ago'],
    ['2026-11-23T03:04:10Z', '1 jam yang lalu', '1 hour ago'],
    ['2026-11-22T05:04:09Z', 'kemarin', 'yesterday'],
    ['2026-11-09T05:04:09Z', '2 minggu yang lalu', '2 weeks ago'],
    ['2026-09-20T05:04:09Z', '2 bulan yang lalu', '2 months ago'],
    ['2024-11-20T05:04:09Z', '2 tahun yang lalu', '2 years ago'],
    ['2026-11-23T05:34:09Z', 'dalam 30 menit', 'in 30 minutes'],
  ])('writes how far %s is from now', (moment, indonesian, english) => {
    expect(plain(id.relative(new Date(moment), MOMENT))).toBe(indonesian);
    expect(plain(en.relative(new Date(moment), MOMENT))).toBe(english);
  });

  it('names the zone of a session only where clocks show another time', () => {
    expect(id.timeZoneName(JAKARTA, MOMENT)).toBeNull();
    expect(createFormatters('id', 'Asia/Bangkok').timeZoneName(JAKARTA, MOMENT)).toBeNull();
    expect(createFormatters('id', 'Asia/Tokyo').timeZoneName(JAKARTA, MOMENT)).toBe('WIB');
    expect(createFormatters('en', 'Europe/Berlin').timeZoneName(JAKARTA, MOMENT)).toBe('WIB');
    expect(id.timeZoneName('Asia/Makassar', MOMENT)).toBe('WITA');
    expect(id.timeZoneName('Asia/Jayapura', MOMENT)).toBe('WIT');
  });

  it('knows that a zone has another time only in summer', () => {
    const london = createFormatters('id', 'Europe/London');
    expect(london.timeZoneName('UTC', new Date('2026-01-15T12:00:00Z'))).toBeNull();
    expect(london.timeZoneName('UTC', new Date('2026-07-15T12:00:00Z'))).not.toBeNull();
  });

  it('takes the zone of the browser by default', () => {
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(createFormatters('id').time(MOMENT)).toBe(createFormatters('id', zone).time(MOMENT));
    expect(createFormatters('id').timeZoneName(zone, MOMENT)).toBeNull();
  });
});
