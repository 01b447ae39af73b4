import { describe, expect, it, vi } from 'vitest';
import { ApiError, createIdempotencyKey, NetworkError } from '../src/index.ts';
import { apiAnswering, refusal, success } from './api-server.ts';
import { ANI, BUDI } from './people.ts';

const BOOKING = { id: 3, booking_code: 'BK-20261123-7KQ2ZD' };
const TOKEN = { token: '1|gema_a', token_type: 'Bearer', user: ANI };
const META = { current_page: 1, per_page: 15, total: 1, last_page: 1 };

describe('the token', () => {
  it('is not sent before there is one (X-14)', async () => {
    const { api, last } = apiAnswering(() => success({ sessions: [] }));
    await expect(api.sessions()).resolves.toEqual([]);
    expect(last().headers.has('Authorization')).toBe(false);
  });

  it('comes with logging in and is sent from then on', async () => {
    const { api, session, last } = apiAnswering(() => success(TOKEN));
    await expect(api.logIn({ email: 'ani@example.com', password: 'rahasia' })).resolves.toEqual(TOKEN);
    expect(last()).toMatchObject({ url: '/api/v1/auth/login', method: 'POST' });
    expect(last().body).toEqual({ email: 'ani@example.com', password: 'rahasia' });
    expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', user: ANI });
    await api.user();
    expect(last().headers.get('Authorization')).toBe('Bearer 1|gema_a');
  });

  it('comes with registering', async () => {
    const { api, session, last } = apiAnswering(() => success(TOKEN));
    await api.register({ name: 'Ani', email: 'ani@example.com', password: 'rahasia-sekali' });
    expect(last().url).toBe('/api/v1/auth/register');
    expect(session.getToken()).toBe('1|gema_a');
  });

  it('is revoked and forgotten with logging out', async () => {
    const { api, session, last } = apiAnswering(() => success({}));
    session.logIn(TOKEN);
    await api.logOut({ all: true });
    expect(last()).toMatchObject({ url: '/api/v1/auth/logout', body: { all: true } });
    expect(last().headers.get('Authorization')).toBe('Bearer 1|gema_a');
    expect(session.getSnapshot().status).toBe('anonymous');
  });

  it('ends before the server has answered, and not the next one', async () => {
    let answer!: (response: Response) => void;
    const { api, session, last } = apiAnswering(() => new Promise((resolve) => (answer = resolve)));
    session.logIn(TOKEN);
    const loggedOut = api.logOut();
    expect(session.getSnapshot().status).toBe('anonymous');
    expect(last().headers.get('Authorization')).toBe('Bearer 1|gema_a');
    session.logIn({ token: '2|gema_b', user: ANI });
    answer(refusal(401, { message: 'Unauthenticated.' }));
    await loggedOut;
    expect(session.getToken()).toBe('2|gema_b');
  });

  it('is forgotten also if it cannot be revoked, which is told', async () => {
    const { api, session } = apiAnswering(() => Promise.reject(new TypeError('no network')));
    session.logIn(TOKEN);
    await expect(api.logOut()).rejects.toBeInstanceOf(NetworkError);
    expect(session.getSnapshot().status).toBe('anonymous');
  });

  it('may be invalid already when logging out', async () => {
    const { api, session } = apiAnswering(() => refusal(401, { message: 'Unauthenticated.' }));
    session.logIn(TOKEN);
    await expect(api.logOut()).resolves.toBeUndefined();
    expect(session.getSnapshot().status).toBe('anonymous');
  });

  it('expires the session when it is refused', async () => {
    const { api, session } = apiAnswering(() => refusal(401, { message: 'Unauthenticated.' }));
    session.logIn(TOKEN);
    await expect(api.bookings()).rejects.toMatchObject({ name: 'ApiError', status: 401 });
    expect(session.getSnapshot()).toEqual({ status: 'expired', token: null, user: ANI });
  });

  it('does not expire a session that has a newer one by then', async () => {
    const { api, session } = apiAnswering(() => {
      session.logIn({ token: '2|gema_b', user: ANI });
      return refusal(401, { message: 'Unauthenticated.' });
    });
    session.logIn(TOKEN);
    await expect(api.bookings()).rejects.toBeInstanceOf(ApiError);
    expect(session.getToken()).toBe('2|gema_b');
  });

  it('brings its user to the session, and to no other one', async () => {
    const { api, session } = apiAnswering(() => success({ user: ANI }));
    session.logIn({ token: 'a', user: BUDI });
    await expect(api.user()).resolves.toEqual(ANI);
    expect(session.getUser()).toEqual(ANI);
  });
});

describe('headers', () => {
  it('name the language', async () => {
    const { api, last } = apiAnswering(() => success({ sessions: [] }), { getLocale: () => 'id' });
    await api.sessions();
    expect(last().headers.get('Accept-Language')).toBe('id');
    expect(last().headers.get('Accept')).toBe('application/json');
    expect(last().headers.has('Content-Type')).toBe(false);
  });

  it('name the connection only when others are meant (X-54)', async () => {
    const getSocketId = (): string => '123.456';
    const { api, last } = apiAnswering(() => success({ booking: BOOKING }), { getSocketId });
    await api.cancel(3);
    expect(last().headers.has('X-Socket-ID')).toBe(false);
    await api.cancel(3, undefined, { toOthers: true });
    expect(last().headers.get('X-Socket-ID')).toBe('123.456');
  });

  it('do without the connection as long as there is none', async () => {
    const { api, last } = apiAnswering(() => success({ booking: BOOKING }), { getSocketId: () => null });
    await api.cancel(3, undefined, { toOthers: true });
    expect(last().headers.has('X-Socket-ID')).toBe(false);
  });

  it('carry the key that makes a request safe to repeat', async () => {
    const { api, last } = apiAnswering(() => success({ booking: BOOKING }));
    await api.book({ session_id: 1, booking_date: '2026-11-23' }, 'a-key');
    expect(last().headers.get('Idempotency-Key')).toBe('a-key');
    await api.pay(3);
    const key = last().headers.get('Idempotency-Key');
    await api.pay(3);
    expect(key).toMatch(/^[\x21-\x7e]{32,}$/);
    expect(last().headers.get('Idempotency-Key')).not.toBe(key);
  });
});

describe('createIdempotencyKey', () => {
  it('works where there is no randomUUID: on an origin without TLS', () => {
    const getRandomValues = (bytes: Uint8Array): Uint8Array => bytes.fill(0xa5);
    const crypto = { getRandomValues } as unknown as Crypto;
    expect(createIdempotencyKey(crypto)).toBe('a5'.repeat(16));
  });
});

describe('methods', () => {
  it('ask for sessions and availability', async () => {
    const { api, last } = apiAnswering(() => success({ availability: [] }), {
      baseUrl: 'https://gema.example',
    });
    await expect(api.availability('2026-11-23')).resolves.toEqual([]);
    expect(last()).toMatchObject({
      url: 'https://gema.example/api/v1/availability?date=2026-11-23',
      method: 'GET',
      body: undefined,
    });
    await api.availability();
    expect(last().url).toBe('https://gema.example/api/v1/availability');
  });

  it('list bookings with their sessions', async () => {
    const { api, last } = apiAnswering(() => success({ bookings: [BOOKING] }, { meta: META }));
    await expect(api.bookings({ page: 2, status: 'pending' })).resolves.toEqual({
      items: [BOOKING],
      meta: META,
    });
    expect(last().url).toBe('/api/v1/bookings?include=session&page=2&status=pending');
  });

  it('fetch one booking', async () => {
    const { api, last } = apiAnswering(() => success({ booking: BOOKING }));
    await expect(api.booking('BK/1')).resolves.toEqual(BOOKING);
    expect(last().url).toBe('/api/v1/bookings/BK%2F1?include=session');
  });

  it('book, cancel, pay', async () => {
    const { api, last } = apiAnswering(() => success({ booking: BOOKING }));
    await expect(api.book({ session_id: 1, booking_date: '2026-11-23' })).resolves.toEqual(BOOKING);
    expect(last()).toMatchObject({
      url: '/api/v1/bookings',
      method: 'POST',
      body: { session_id: 1, booking_date: '2026-11-23' },
    });
    expect(last().headers.get('Content-Type')).toBe('application/json');
    await api.cancel(3);
    expect(last()).toMatchObject({ url: '/api/v1/bookings/3/cancel', method: 'POST', body: {} });
    await api.pay(3, 'fail');
    expect(last()).toMatchObject({
      url: '/api/v1/bookings/3/pay',
      method: 'POST',
      body: { outcome: 'fail' },
    });
  });

  it('list notifications', async () => {
    const { api, last } = apiAnswering(() => success({ notifications: [], unread_count: 4 }, { meta: META }));
    await expect(api.notifications({ type: 'payment', unread: true })).resolves.toEqual({
      items: [],
      meta: META,
      unreadCount: 4,
    });
    expect(last().url).toBe('/api/v1/notifications?type=payment&unread=true');
    await api.notifications();
    expect(last().url).toBe('/api/v1/notifications');
  });

  it('mark notifications as read', async () => {
    const { api, last, fetch } = apiAnswering(() => success({ marked: 1, unread_count: 2 }));
    await expect(api.markRead('all')).resolves.toEqual({ marked: 1, unreadCount: 2 });
    expect(last()).toMatchObject({ url: '/api/v1/notifications/read', body: { all: true } });
    await api.markRead([5, 6]);
    expect(last().body).toEqual({ ids: [5, 6] });
    fetch.mockClear();
    const ids = Array.from({ length: 201 }, (_, index) => index + 1);
    await expect(api.markRead(ids)).resolves.toEqual({ marked: 3, unreadCount: 2 });
    expect(fetch).toHaveBeenCalledTimes(3);
    expect(last().body).toEqual({ ids: [201] });
  });

  it('do what administrators do', async () => {
    const answer = { booking: BOOKING, session: { id: 1 }, notification: { id: 9 } };
    const { api, last } = apiAnswering(() => success(answer));
    await expect(api.adminChangeBooking(3, { status: 'confirmed' })).resolves.toEqual(BOOKING);
    expect(last()).toMatchObject({
      url: '/api/v1/admin/bookings/3',
      method: 'PATCH',
      body: { status: 'confirmed' },
    });
    await expect(api.adminChangeSession(1, { max_capacity: 12 })).resolves.toEqual({ id: 1 });
    expect(last()).toMatchObject({ url: '/api/v1/admin/sessions/1', method: 'PATCH' });
    await expect(api.announce({ message: 'Studio tutup', level: 'warning' })).resolves.toEqual({ id: 9 });
    expect(last()).toMatchObject({ url: '/api/v1/admin/notifications', method: 'POST' });
  });

  it('use the fetch of the page', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockResolvedValue(success({ sessions: [] }));
    const { createApi, createSession } = await import('../src/index.ts');
    await createApi({ session: createSession(null) }).sessions();
    expect(fetch).toHaveBeenCalledOnce();
  });
});
