import type { Notification, NotificationType, User } from '@gema/booking';

/** A request that the server got: `GET /api/v1/user`, with its body and the token that it came with. */
export interface SeenRequest {
  readonly line: string;
  readonly body: Record<string, unknown>;
  readonly token: string | null;
}

/** The booking service, as far as the notification centre talks to it. */
export class FakeServer {
  /** Who has which token. */
  readonly users = new Map<string, User>();
  /** What every user was told, newest first. */
  notifications: Notification[] = [];
  readonly requests: SeenRequest[] = [];
  /** Answers with this status instead of what was asked for; null: does not answer at all. */
  failure: number | null | undefined;
  /** Refuses to authorize channels, whatever the token. */
  refusesChannels = false;
  /** What an answer waits for. */
  gate: Promise<void> = Promise.resolve();
  /** Called before a request is answered, after its answer is made, and between a list and its count. */
  before: (line: string) => void = () => undefined;
  during: (line: string) => void = () => undefined;
  between: () => void = () => undefined;

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams, search } = new URL(url, 'http://studio.test');
    const line = `${init.method ?? 'GET'} ${pathname}`;
    const token = new Headers(init.headers).get('Authorization')?.replace('Bearer ', '') ?? null;
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    this.requests.push({ line: line + search, body, token });
    await this.gate;
    init.signal?.throwIfAborted();
    this.before(line);
    if (this.failure === null) throw new TypeError('fetch failed');
    if (this.failure !== undefined) return answer({ message: 'no' }, this.failure);
    const user = this.users.get(token ?? '');
    if (token === null || !user || (this.refusesChannels && pathname.endsWith('/auth')))
      return answer({ message: 'Unauthenticated.' }, 401);
    const response = this.route({ line, token, body }, searchParams, user);
    this.during(line);
    return response;
  };

  /** How often something was asked. */
  count(start: string): number {
    return this.requests.filter(({ line }) => line.startsWith(start)).length;
  }

  private route(
    { line, token, body }: SeenRequest & { token: string },
    query: URLSearchParams,
    user: User,
  ): Response {
    switch (line) {
      case 'GET /api/v1/user':
        return success({ user });
      case 'POST /api/v1/auth/logout':
        this.users.delete(token);
        return success({});
      case 'GET /api/v1/notifications':
        return this.list(query);
      case 'POST /api/v1/notifications/read':
        return this.read(body);
      case 'POST /api/broadcasting/auth':
        return authorize(body['channel_names'] as string[], user);
      default:
        return answer({ message: 'Not Found' }, 404);
    }
  }

  private list(query: URLSearchParams): Response {
    const [page, perPage] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 15)];
    const type = query.get('type');
    const chosen = this.notifications.filter(
      (one) => (type === null || one.type === type) && (query.get('unread') !== 'true' || !one.read_at),
    );
    const notifications = chosen.slice((page - 1) * perPage, page * perPage);
    this.between();
    return answer({
      success: true,
      data: {
        notifications,
        unread_count: this.unreadCount,
      },
      meta: {
        current_page: page,
        per_page: perPage,
        total: chosen.length,
        last_page: Math.max(1, Math.ceil(chosen.length / perPage)),
      },
      links: {},
    });
  }

  private read(body: Record<string, unknown>): Response {
    const ids = body['ids'] as number[] | undefined;
    const before = this.unreadCount;
    this.notifications = this.notifications.map((one) =>
      one.read_at === null && (ids?.includes(one.id) ?? body['all'] === true)
        ? { ...one, read_at: new Date().toISOString() }
        : one,
    );
    return success({ marked: before - this.unreadCount, unread_count: this.unreadCount });
  }

  private get unreadCount(): number {
    return this.notifications.filter(({ read_at }) => read_at === null).length;
  }
}

/** A user with this id. */
export function user(id: number, name = 'Siti', roles: User['roles'] = ['user']): User {
  return { id, name, email: `${name}@example.com`, roles, created_at: '2026-11-01T00:00:00.000000Z' };
}

/** The payload of `BookingStatusUpdated` and `PaymentStatusUpdated`. */
export function bookingState(booking_id: number, version: number, more: object = {}) {
  return {
    booking_id,
    booking_code: `BK-20261123-${String(booking_id).padStart(6, '0')}`,
    status: 'confirmed' as const,
    payment_status: 'paid' as const,
    updated_at: new Date().toISOString(),
    version,
    event_id: `event-${booking_id}-${version}`,
    ...more,
  };
}

/** The payload of `SystemNotification`. */
export function announcement(id: number, message: string, more: object = {}) {
  const updated_at = new Date().toISOString();
  return {
    id: String(id),
    title: null,
    message,
    level: 'info' as const,
    updated_at,
    event_id: `s-${id}`,
    ...more,
  };
}

/** What the server keeps of an event. */
export function kept(
  id: number,
  type: NotificationType,
  data: { updated_at: string },
  read = false,
): Notification {
  return {
    id,
    type,
    title: 'Title',
    message: 'Message',
    data: data as unknown as Notification['data'],
    created_at: data.updated_at,
    read_at: read ? data.updated_at : null,
  };
}

/** An answer that is read in a microtask, so that fake timers do not have to wait for it. */
function answer(body: object, status = 200): Response {
  const text = JSON.stringify(body);
  const parts: Partial<Response> = {
    ok: status < 300,
    status,
    headers: new Headers(),
    text: () => Promise.resolve(text),
    json: () => Promise.resolve(JSON.parse(text)),
  };
  return parts as Response;
}

function success(data: object): Response {
  return answer({ success: true, data });
}

function authorize(channels: string[], { id }: User): Response {
  const outcomes = channels.map((channel) => {
    const isOwn = channel === `private-user.${id}`;
    return [channel, isOwn ? { status: 200, auth: `key:${channel}` } : { status: 403, message: 'Forbidden' }];
  });
  return answer({ channels: Object.fromEntries(outcomes) as object });
}
