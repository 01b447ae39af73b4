import { mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { Component } from 'vue';
import { FakePusher, settled } from '../../packages/client/test/fake-pusher.ts';
import RealTimeNotifications from '../src/components/RealTimeNotifications.vue';
import { createStudio } from '../src/studio.ts';
import { announcement, bookingState, FakeServer, kept, user } from './fake-server.ts';

export { announcement, bookingState, FakePusher, kept, user };

/** The server of the present test, which knows Siti, user 7, by the token `siti`. */
export let server: FakeServer;
let wrapper: VueWrapper | undefined;

/** Fake timers, a fake Pusher and a fake server for each test. After it, no timer may be left. */
export function isolateTests(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date(2026, 10, 23, 12, 4, 9) });
    vi.spyOn(console, 'error').mockReturnValue();
    vi.spyOn(console, 'info').mockReturnValue();
    vi.spyOn(console, 'log').mockReturnValue();
    FakePusher.reset();
    localStorage.clear();
    localStorage.setItem('locale', 'en');
    server = new FakeServer();
    server.users.set('siti', user(7));
    vi.stubGlobal('fetch', server.fetch);
  });
  afterEach(async () => {
    unmount();
    // A channel is left in the next macrotask; jsdom tells of changes of the storage in one, too.
    await pass(1);
    const timers = vi.getTimerCount();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    document.body.innerHTML = '';
    expect(timers).toBe(0);
  });
}

/** Mounts the component, by default with a session, and lets the connection open. */
export async function mountCentre(
  options: { token?: string | null; props?: object; component?: Component; connect?: boolean } = {},
): Promise<VueWrapper> {
  const { token = 'siti', props = {}, component = RealTimeNotifications, connect = true } = options;
  if (token !== null) localStorage.setItem('token', token);
  const studio = createStudio({
    connection: {
      key: 'key',
      host: 'gema.test',
      scheme: 'http',
      authEndpoint: '/api/broadcasting/auth',
      Pusher: FakePusher,
      random: () => 0,
    },
  });
  wrapper = mount(component, { props, global: { plugins: [studio] }, attachTo: document.body });
  await eventually();
  if (connect) await open();
  return wrapper;
}

/** Unmounts what {@link mountCentre} has mounted. */
export function unmount(): void {
  wrapper?.unmount();
  wrapper = undefined;
}

/** Lets answers arrive and the page follow. */
export async function eventually(): Promise<void> {
  await pass(0);
}

/** Time passes. */
export async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  for (let turn = 0; turn < 5; turn += 1) await settled();
}

/** The server accepts the connection and what is subscribed to. */
export async function open(): Promise<void> {
  FakePusher.latest.open();
  await eventually();
}

/** The connection breaks. */
export async function lose(): Promise<void> {
  FakePusher.latest.lose();
  await eventually();
}

/** An event arrives; false when the page is not subscribed to its channel. */
export async function send(channel: string, event: string, payload: object): Promise<boolean> {
  const sent = FakePusher.latest.emit(channel, event, payload);
  await eventually();
  return sent;
}

/** `BookingStatusUpdated` for Siti. */
export function sendBooking(id: number, version: number, more: object = {}): Promise<boolean> {
  return send('private-user.7', 'BookingStatusUpdated', bookingState(id, version, more));
}

/** `PaymentStatusUpdated` for Siti. */
export function sendPayment(id: number, version: number, more: object = {}): Promise<boolean> {
  return send('private-user.7', 'PaymentStatusUpdated', bookingState(id, version, more));
}

/** `SystemNotification` for everybody. */
export function sendAnnouncement(id: number, message: string, more: object = {}): Promise<boolean> {
  return send('notifications', 'SystemNotification', announcement(id, message, more));
}

/** The texts of all elements of a selector. */
export function texts(selector: string): string[] {
  return [...document.querySelectorAll(selector)].map(({ textContent }) => textContent.trim());
}

/** The element of a selector, which must be there. */
export function element(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`there is no ${selector}`);
  return found;
}

/** The button with this accessible name, by its text or label. */
export function button(name: string | RegExp, within = 'body'): HTMLButtonElement {
  const found = [...element(within).querySelectorAll('button')].find((one) => {
    const label = (one.getAttribute('aria-label') ?? one.textContent).trim();
    return typeof name === 'string' ? label === name : name.test(label);
  });
  if (!found) throw new Error(`there is no button ${String(name)} in ${within}`);
  return found;
}

/** A click, and what follows from it. */
export async function click(target: HTMLElement): Promise<void> {
  target.click();
  await eventually();
}

export const ITEMS = '.notifications-list .notification-item';

/** The requests of the history. */
export const LIST = 'GET /api/v1/notifications';
export const READ = 'POST /api/v1/notifications/read';

/** The messages of the list. */
export function messages(): string[] {
  return texts(`${ITEMS} p`);
}

/** What the page says of what is unread. */
export function unread(): string {
  return element('[data-unread]').textContent.trim().replace(/\s+/g, ' ');
}

/** The server has so many announcements, the newest with the highest id. */
export function keep(count: number, read = false): void {
  server.notifications = Array.from({ length: count }, (_, index) => {
    const id = count - index;
    const updated_at = new Date(2026, 10, 23, 6, 0, id).toISOString();
    return kept(id, 'system', announcement(id, `message ${id}`, { updated_at }), read);
  });
}

/** The server keeps what it sends. */
export async function sendKept(id: number, version: number, more: object = {}): Promise<void> {
  server.notifications = [
    kept(1000 + id * 10 + version, 'booking', bookingState(id, version, more)),
    ...server.notifications,
  ];
  await sendBooking(id, version, more);
}
