/** How many notifications are unread: what the server has counted, and what has come since. */
export interface UnreadCount {
  /** What the server has said last; null before it said anything, or without a user. */
  readonly counted: number | null;
  /** What came as an event and is not in `counted`: key and number of its arrival. */
  readonly arrived: ReadonlyMap<string, number>;
}

/** Nothing known. */
export const UNCOUNTED: UnreadCount = { counted: null, arrived: new Map() };

/** With one more notification that came as an event. */
export function withArrival(count: UnreadCount, key: string, arrival: number): UnreadCount {
  return { ...count, arrived: new Map(count.arrived).set(key, arrival) };
}

/** What an answer of the server says about the count. */
export interface Counted {
  readonly unreadCount: number;
  /** The number of the last arrival before the request was sent: up to there, the server has counted. */
  readonly arrivals: number;
}

/**
 * With an answer of the server. An event comes after the notification was saved: what arrived before the request is in
 * the number.
 */
export function withAnswer({ arrived }: UnreadCount, { unreadCount, arrivals }: Counted): UnreadCount {
  const rest = [...arrived].filter(([, arrival]) => arrival > arrivals);
  return { counted: unreadCount, arrived: new Map(rest) };
}
