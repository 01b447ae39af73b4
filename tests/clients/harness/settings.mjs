// Every variable that the suites set beyond the credentials, in one place: the names are the server's.

/** Pings after some seconds of silence, one unless told otherwise, and is patient with those who are slow to answer. */
export const quickPing = (seconds = 1) => ({ REVERB_APP_PING_INTERVAL: String(seconds), GEMA_APP_PONG_TIMEOUT: '600' });

/** Pings after one second of silence and gives up one second later. */
export const strictPing = { REVERB_APP_PING_INTERVAL: '1', GEMA_APP_PONG_TIMEOUT: '1' };

/** `pusher_internal:subscription_count` is sent. */
export const subscriptionCounts = { GEMA_APP_SUBSCRIPTION_COUNTS: 'true' };

/** Cache channels forget after one second. */
export const shortCache = { GEMA_APP_CACHE_TTL: '1' };

/** Who may send client events: `all`, `members` or `none`. */
export const clientEvents = (mode) => ({ REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM: mode });

/** Ten messages pass in a second. */
export const tenPerSecond = {
  REVERB_APP_RATE_LIMITING_ENABLED: 'true',
  REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS: '10',
  REVERB_APP_RATE_LIMIT_DECAY_SECONDS: '1',
};

/** The most members that a presence channel may have. */
export const maxPresenceMembers = (count) => ({ GEMA_APP_MAX_PRESENCE_MEMBERS: String(count) });

/** The most bytes that one member's `channel_data` may have. */
export const maxPresenceMemberSize = (bytes) => ({ GEMA_APP_MAX_PRESENCE_MEMBER_SIZE: String(bytes) });

/** The most bytes of an HTTP request, and with it of an event. */
export const maxRequestSize = (bytes) => ({ REVERB_MAX_REQUEST_SIZE: String(bytes) });

/** The most open connections. */
export const maxConnections = (count) => ({ REVERB_APP_MAX_CONNECTIONS: String(count) });

/** Host patterns that an `Origin` must match. */
export const allowedOrigins = (patterns) => ({ REVERB_APP_ALLOWED_ORIGINS: patterns });

/** The prefix of all paths. */
export const serverPath = (path) => ({ REVERB_SERVER_PATH: path });

/** The largest message that a client may send, in bytes, when nothing is configured. */
export const DEFAULT_MESSAGE_SIZE = 10_000;

/** The largest `data` of a triggered event, in bytes. */
export const EVENT_SIZE = 10_240;
