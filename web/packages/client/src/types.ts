import type { EchoLike } from './echo.ts';
import type { EventName, PayloadOf } from './events.ts';
import type { ReconnectPolicy } from './backoff.ts';

/**
 * - `idle`: nothing was asked for yet.
 * - `connecting`: the first connection is being made.
 * - `connected`.
 * - `reconnecting`: it was lost, or could not be made; the next attempt runs or has a time.
 * - `offline`: the browser says that there is no network; waits for it.
 * - `failed`: given up, see `error`; {@link Connection.retry} leaves it.
 * - `disconnected`: on request.
 */
export type ConnectionStatus =
  'idle' | 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'failed' | 'disconnected';

/**
 * Why the status is what it is.
 *
 * - `lost`: the connection broke, or an attempt did not succeed.
 * - `refused`: the server said no (codes 4000–4099 and from 4300).
 * - `exhausted`: `maxAttempts` attempts failed.
 * - `insecure`: `ws:` from a page of `https:`, which browsers block.
 * - `protocol`: no WebSocket here, or the other side does not speak the Pusher protocol.
 */
export interface ConnectionFault {
  readonly kind: 'refused' | 'exhausted' | 'lost' | 'insecure' | 'protocol';
  /** The close code, where there was one. */
  readonly code: number | null;
  readonly message: string;
}

/** One moment of a connection. Never changed: the same object until something changes. */
export interface ConnectionSnapshot {
  readonly status: ConnectionStatus;
  /** `status === 'connected'` */
  readonly connected: boolean;
  /** Of the present connection; null while there is none. */
  readonly socketId: string | null;
  /**
   * Which attempt since the loss runs or is waited for, from 1; 0 when none is due. It counts on after a connection that
   * broke within ten seconds.
   */
  readonly attempt: number;
  /** May be `Infinity`. */
  readonly maxAttempts: number;
  /** When the next attempt starts, in milliseconds since the epoch; null when none has a time. */
  readonly nextRetryAt: number | null;
  readonly error: ConnectionFault | null;
  /** When `status` became what it is, in milliseconds since the epoch. */
  readonly since: number;
  /** Since when there is no connection, in milliseconds since the epoch; null while there is one, or was none yet. */
  readonly lostAt: number | null;
}

/** Who may subscribe to a channel, and whether its members know of each other. */
export type Visibility = 'public' | 'private' | 'presence';

/**
 * - `idle`: no connection to subscribe over.
 * - `subscribing`: asked for.
 * - `subscribed`.
 * - `unauthenticated`: there is no token, or the answer was 401; a new token heals it.
 * - `forbidden`: the answer was 403, or the server refused the signature; asked again only after a new token.
 * - `failed`: the authorization failed otherwise (5xx, 429, network), or nobody answered within 20 seconds; is being
 *   retried.
 */
export type ChannelState = 'idle' | 'subscribing' | 'subscribed' | 'unauthenticated' | 'forbidden' | 'failed';

/** Why a channel is not subscribed. */
export interface ChannelFault {
  /** The full name, with `private-` or `presence-`. */
  readonly channel: string;
  /** The HTTP status of the authorization; null when there was no answer, or when it was not asked. */
  readonly status: number | null;
  readonly message: string;
}

/** A member of a presence channel. */
export interface Member {
  readonly id: string;
  /** `user_info`, as the server gave it. */
  readonly info: unknown;
}

/** One moment of a channel. Never changed: the same object until something changes. */
export interface ChannelSnapshot {
  readonly state: ChannelState;
  readonly error: ChannelFault | null;
  /** Of a presence channel while it is subscribed, else empty. */
  readonly members: readonly Member[];
  readonly me: Member | null;
}

/** One user of a channel. The channel itself is left after the last handle was released. */
export interface ChannelHandle {
  /** The full name, with `private-` or `presence-`. */
  readonly name: string;
  readonly visibility: Visibility;
  /**
   * Listens until the returned function is called, or the handle is released. `X` and `.X` are the same event.
   * `eventName` is the name as given here.
   */
  on: <E extends EventName>(event: E, handler: (payload: PayloadOf<E>, eventName: E) => void) => () => void;
  /**
   * Sends a client event to the other subscribers; listened to as `.client-EVENT`. Nothing is sent while the
   * channel is not subscribed.
   *
   * @throws Error on a public channel
   */
  whisper: (event: string, data: unknown) => void;
  getSnapshot: () => ChannelSnapshot;
  /** Calls `fn` after each change of the snapshot. */
  subscribe: (fn: () => void) => () => void;
  /**
   * Calls `fn` each time the server confirms the subscription: at first, after a loss, as another user. From then on
   * events come; what was fetched before may lack some, so this is the moment to fetch. Not called for a channel that is
   * subscribed already.
   */
  onSubscribed: (fn: () => void) => () => void;
  /** Removes the listeners of this handle. Idempotent. */
  release: () => void;
}

/** The truth about one connection, and its channels. */
export interface Connection {
  /** Null until the first `connect()` or `acquire()`. */
  readonly echo: EchoLike | null;
  getSnapshot: () => ConnectionSnapshot;
  /** Calls `fn` after each change of the snapshot. */
  subscribe: (fn: () => void) => () => void;
  /**
   * Subscribes to a channel, together with whoever else acquired it, and connects if nothing was asked for yet.
   * It is left one macrotask after its last handle was released: acquired again within it, the subscription stays.
   *
   * @param channel with or without `private-` or `presence-`
   * @param visibility by default what the prefix of the name says
   * @throws Error after `destroy()`
   */
  acquire: (channel: string, visibility?: Visibility) => ChannelHandle;
  /** Connects, unless that is under way. */
  connect: () => void;
  /** Tries at once, whatever is waited for; leaves `failed`. */
  retry: () => void;
  /** Disconnects until `connect()` or `retry()`. Channels stay acquired. */
  disconnect: () => void;
  /**
   * Ends it for good: no listener, timer or socket is left. An Echo that was given to `createConnection` is not
   * disconnected, but handed back to the reconnection of pusher-js.
   */
  destroy: () => void;
  /**
   * From now on this token instead of `getToken()`. Private and presence channels are unsubscribed at once and
   * authorized again, for it may be that of another user; with null they are left and are `unauthenticated`. A renewed
   * token of the same user needs no call where `getToken` gives it.
   */
  setToken: (token: string | null) => void;
  /** As `setToken`, with what `getToken()` says from now on. */
  reauthorize: () => void;
  /**
   * From now on this policy, over the one of the options; a wait that runs is kept. Of several the newest holds. The
   * returned function undoes it; idempotent.
   */
  setReconnect: (policy: Partial<ReconnectPolicy>) => () => void;
  /**
   * Calls `fn` when connected again after a loss, once per recovery. Channels are not subscribed yet: what was missed is
   * fetched in {@link ChannelHandle.onSubscribed}.
   */
  onReconnected: (fn: () => void) => () => void;
}

/** How to reach a server, and how to authorize. */
export interface ConnectionOptions {
  /** The public key of the app (`REVERB_APP_KEY`). */
  key: string;
  host: string;
  /** By default that of the scheme. */
  port?: number | string;
  /** By default `https`. */
  scheme?: 'http' | 'https';
  /** What comes before `/app/KEY` in the URL. */
  path?: string;
  /** By default `/broadcasting/auth`. */
  authEndpoint?: string;
  /**
   * All channels of one turn in one request, `{socket_id, channel_names}`. By default false: Laravel's endpoint does
   * not know it.
   */
  batchAuthorization?: boolean;
  /**
   * Asked at every authorization. Without a token, private channels are `unauthenticated` and nothing is sent.
   * Without this option, requests are sent without a token, for endpoints that authenticate by cookies.
   */
  getToken?: () => string | null | undefined | Promise<string | null | undefined>;
  reconnect?: Partial<ReconnectPolicy>;
  /** Milliseconds of silence after which the server is asked for a sign of life. By default 15 000. */
  activityTimeout?: number;
  /** Milliseconds in which that sign must come. By default 5 000. */
  pongTimeout?: number;
  /** Of the requests for authorization; `include` sends cookies to another origin. By default that of `fetch`. */
  credentials?: RequestCredentials;
  /**
   * Called when an authorization was answered with 401 or 419: the token has expired. Once per connection and token,
   * however many channels were refused.
   *
   * @param fault of the first channel
   * @param token which was refused; null where cookies are used
   */
  onAuthError?: (fault: ChannelFault, token: string | null) => void;
  /** By default that of `pusher-js`. */
  Pusher?: new (key: string, options: never) => unknown;
  /** By default that of `laravel-echo`. */
  Echo?: new (options: never) => EchoLike;
  /** By default `Math.random`. */
  random?: () => number;
}

/** How loud a message of {@link handleWebSocketError} is. */
export type NoticeLevel = 'warning' | 'info' | 'success';

/** What {@link handleWebSocketError} says. */
export interface ErrorMessages {
  error: string;
  disconnected: string;
  reconnected: string;
}
