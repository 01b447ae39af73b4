import { describe, expect, test } from 'vitest';
import { addDays, clockIn, isDay, isOver } from '../src/dates.ts';
import { createNotices } from '../src/notices.ts';
import { nextPage, parseRoute, routeHash } from '../src/route.ts';

describe('days', () => {
  test.each([
    ['2026-11-23', 1, '2026-11-24'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-03-01', -1, '2026-02-28'],
  ])('%s and %i is %s', (day, count, expected) => {
    expect(addDays(day, count)).toBe(expected);
  });

  test.each([
    ['2026-11-23', true],
    ['2026-02-29', false],
    ['2026-13-01', false],
    ['26-11-23', false],
    ['', false],
  ])('whether "%s" is a day: %s', (text, expected) => {
    expect(isDay(text)).toBe(expected);
  });

  test('the clock of another zone shows another day', () => {
    const moment = Date.parse('2026-11-23T18:30:00Z');
    expect(clockIn('Asia/Jakarta', moment)).toEqual({ day: '2026-11-24', time: '01:30' });
    expect(clockIn('UTC', moment)).toEqual({ day: '2026-11-23', time: '18:30' });
  });

  test.each([
    ['2026-11-23T00:59:59Z', false],
    ['2026-11-23T01:00:00Z', true],
    ['2026-11-22T23:00:00Z', false],
    ['2026-11-24T00:00:00Z', true],
  ])('a session until 08:00 in Jakarta is over at %s: %s', (moment, expected) => {
    expect(isOver('2026-11-23', '08:00', 'Asia/Jakarta', Date.parse(moment))).toBe(expected);
  });
});

describe('addresses', () => {
  test.each([
    ['', 'sessions', null],
    ['#/sessions?date=2026-11-24', 'sessions', '2026-11-24'],
    ['#/sessions?date=2026-02-30', 'sessions', null],
    ['#/bookings?date=2026-11-24', 'bookings', null],
    ['#/admin', 'admin', null],
    ['#/constructor', 'sessions', null],
  ])('%s is %s of %s', (hash, view, day) => {
    expect(parseRoute(hash)).toEqual({ view, day });
  });

  test('go there and back', () => {
    expect(routeHash('bookings')).toBe('#/bookings');
    expect(parseRoute(routeHash('sessions', '2026-11-24')).day).toBe('2026-11-24');
  });

  test.each([
    ['?next=/notifications', '/notifications'],
    ['?next=%2Fnotifications', '/notifications'],
    ['?next=//evil.example/notifications', null],
    ['?next=/notifications/', null],
    ['?next=javascript:alert(1)', null],
    ['', null],
  ])('%s leads to %s', (search, expected) => {
    expect(nextPage(search)).toBe(expected);
  });
});

describe('notices', () => {
  test('three at most, the newest; the same message once', () => {
    const notices = createNotices();
    for (const message of ['a', 'b', 'c', 'a', 'd']) notices.notify(message, 'info');
    expect(notices.getSnapshot().map(({ message }) => message)).toEqual(['c', 'a', 'd']);
    const [first] = notices.getSnapshot();
    notices.dismiss(first?.id ?? 0);
    expect(notices.getSnapshot().map(({ message }) => message)).toEqual(['a', 'd']);
  });
});
