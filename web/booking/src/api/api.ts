import type {
  Availability,
  Booking,
  BookingWithSession,
  CalendarDate,
  Notification,
  PageMeta,
  PaymentOutcome,
  Schemas,
  StudioSession,
  TokenData,
  User,
} from '../types.ts';
import { createSend, type ApiOptions, type RequestOptions, type WriteOptions } from './client.ts';
import { ApiError } from './errors.ts';
import { createIdempotencyKey } from './idempotency.ts';
import type { Operation, QueryOf } from './operations.ts';

/** One page of a list. */
export interface Listed<T> {
  items: T[];
  meta: PageMeta;
}

/** One page of the notifications. */
export interface ListedNotifications extends Listed<Notification> {
  /** How many the user has not read, whatever the filter. */
  unreadCount: number;
}

/** What marking notifications as read has done. */
export interface MarkedRead {
  marked: number;
  unreadCount: number;
}

/** Which bookings are listed. */
export type BookingsQuery = NonNullable<QueryOf<Operation<'/api/v1/bookings', 'get'>>>;
/** Which notifications are listed. */
export type NotificationsQuery = NonNullable<QueryOf<Operation<'/api/v1/notifications', 'get'>>>;

/**
 * The API of the booking application. All methods throw `ApiError` where the server refuses, `NetworkError` where
 * there is no answer (after 15 s at the latest), and the reason of `signal` where that was aborted.
 *
 * `key`: see {@link createIdempotencyKey}; without one a new one is made, so a request that is repeated without it is
 * another request.
 */
export interface Api {
  /** Makes a token and logs the session in with it. */
  logIn(credentials: Schemas['LogIn'], options?: RequestOptions): Promise<TokenData>;
  /** Makes a user, and logs the session in with their token. */
  register(person: Schemas['Register'], options?: RequestOptions): Promise<TokenData>;
  /**
   * Logs the session out at once and revokes its token (`all`: all tokens of the user). If the latter fails, it throws
   * what happened, unless the token was not valid anyway.
   */
  logOut(options?: RequestOptions & { all?: boolean }): Promise<void>;
  /** The own user; the session gets it too. */
  user(options?: RequestOptions): Promise<User>;
  /** All sessions of the studio, in the order of their times. */
  sessions(options?: RequestOptions): Promise<StudioSession[]>;
  /** The places of all sessions on a day; without one, today where the sessions take place. */
  availability(date?: CalendarDate, options?: RequestOptions): Promise<Availability[]>;
  /** The own bookings, newest first, with their sessions. Administrators: everybody's, or those of `user_id`. */
  bookings(query?: BookingsQuery, options?: RequestOptions): Promise<Listed<BookingWithSession>>;
  /** Who has a page open; administrators only. */
  online(options?: RequestOptions): Promise<Schemas['OnlineData']>;
  /** One booking, with its session. */
  booking(code: string, options?: RequestOptions): Promise<BookingWithSession>;
  /** Books a place. 409: none is free, or too many bookings are unpaid. */
  book(place: Schemas['CreateBooking'], key?: string, options?: WriteOptions): Promise<Booking>;
  /** Cancels a booking. 409: it is too late. */
  cancel(bookingId: number, key?: string, options?: WriteOptions): Promise<Booking>;
  /** Starts a payment; what comes of it is told by an event. */
  pay(bookingId: number, outcome?: PaymentOutcome, key?: string, options?: WriteOptions): Promise<Booking>;
  /** The own notifications, newest first. */
  notifications(query?: NotificationsQuery, options?: RequestOptions): Promise<ListedNotifications>;
  /** Marks notifications as read, by their ids or all of them. More than 100 ids become several requests. */
  markRead(which: readonly number[] | 'all', options?: RequestOptions): Promise<MarkedRead>;
  /** Administrators: changes a booking. 409: it does not go from its status to this one. */
  adminChangeBooking(
    bookingId: number,
    changes: Schemas['ChangeBooking'],
    options?: WriteOptions,
  ): Promise<Booking>;
  /** Administrators: changes a session. 422 `max_capacity`: more places are booked already. */
  adminChangeSession(
    sessionId: number,
    changes: Schemas['ChangeSession'],
    options?: WriteOptions,
  ): Promise<StudioSession>;
  /** Administrators: tells everybody something. */
  announce(announcement: Schemas['Announce'], options?: WriteOptions): Promise<Notification>;
}

/** So many ids the server takes at once. */
const IDS_PER_REQUEST = 100;

/** The API of the server at `baseUrl`, used with the token of `session`. */
export function createApi(options: ApiOptions): Api {
  const { session } = options;
  const send = createSend(options);

  async function markRead(body: Schemas['MarkAsRead'], requestOptions?: RequestOptions): Promise<MarkedRead> {
    const { data } = await send('post', '/api/v1/notifications/read', { ...requestOptions, body });
    return { marked: data.marked, unreadCount: data.unread_count };
  }

  return {
    async logIn(body, requestOptions) {
      const { data } = await send('post', '/api/v1/auth/login', { ...requestOptions, body });
      session.logIn(data);
      return data;
    },
    async register(body, requestOptions) {
      const { data } = await send('post', '/api/v1/auth/register', { ...requestOptions, body });
      session.logIn(data);
      return data;
    },
    async logOut({ all = false, ...requestOptions } = {}) {
      const revoked = send('post', '/api/v1/auth/logout', { ...requestOptions, body: { all } });
      // The request has the token already. Afterwards there could be another session, which must stay.
      session.logOut();
      try {
        await revoked;
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 401)) throw error;
      }
    },
    async user(requestOptions) {
      const token = session.getToken();
      const { data } = await send('get', '/api/v1/user', requestOptions);
      if (token !== null) session.setUser(data.user, token);
      return data.user;
    },
    async sessions(requestOptions) {
      return (await send('get', '/api/v1/sessions', requestOptions)).data.sessions;
    },
    async availability(date, requestOptions) {
      const query = date === undefined ? {} : { date };
      return (await send('get', '/api/v1/availability', { ...requestOptions, query })).data.availability;
    },
    async bookings(query, requestOptions) {
      const { data, meta } = await send('get', '/api/v1/bookings', {
        ...requestOptions,
        query: { include: 'session', ...query },
      });
      return { items: data.bookings, meta };
    },
    async online(requestOptions) {
      return (await send('get', '/api/v1/admin/online', { ...requestOptions })).data;
    },
    async booking(code, requestOptions) {
      const call = { ...requestOptions, path: { code }, query: { include: 'session' as const } };
      return (await send('get', '/api/v1/bookings/{code}', call)).data.booking;
    },
    async book(body, idempotencyKey = createIdempotencyKey(), requestOptions) {
      const call = { ...requestOptions, body, idempotencyKey };
      return (await send('post', '/api/v1/bookings', call)).data.booking;
    },
    async cancel(id, idempotencyKey = createIdempotencyKey(), requestOptions) {
      const call = { ...requestOptions, path: { id }, body: {}, idempotencyKey };
      return (await send('post', '/api/v1/bookings/{id}/cancel', call)).data.booking;
    },
    async pay(id, outcome = 'succeed', idempotencyKey = createIdempotencyKey(), requestOptions) {
      const call = { ...requestOptions, path: { id }, body: { outcome }, idempotencyKey };
      return (await send('post', '/api/v1/bookings/{id}/pay', call)).data.booking;
    },
    async notifications(query, requestOptions) {
      const { data, meta } = await send('get', '/api/v1/notifications', {
        ...requestOptions,
        ...(query && { query }),
      });
      return { items: data.notifications, meta, unreadCount: data.unread_count };
    },
    async markRead(which, requestOptions) {
      if (which === 'all') return markRead({ all: true }, requestOptions);
      let done: MarkedRead = await markRead({ ids: which.slice(0, IDS_PER_REQUEST) }, requestOptions);
      for (let start = IDS_PER_REQUEST; start < which.length; start += IDS_PER_REQUEST) {
        const next = await markRead({ ids: which.slice(start, start + IDS_PER_REQUEST) }, requestOptions);
        done = { ...next, marked: done.marked + next.marked };
      }
      return done;
    },
    async adminChangeBooking(id, body, requestOptions) {
      const call = { ...requestOptions, path: { id }, body };
      return (await send('patch', '/api/v1/admin/bookings/{id}', call)).data.booking;
    },
    async adminChangeSession(id, body, requestOptions) {
      const call = { ...requestOptions, path: { id }, body };
      return (await send('patch', '/api/v1/admin/sessions/{id}', call)).data.session;
    },
    async announce(body, requestOptions) {
      const call = { ...requestOptions, body };
      return (await send('post', '/api/v1/admin/notifications', call)).data.notification;
    },
  };
}
