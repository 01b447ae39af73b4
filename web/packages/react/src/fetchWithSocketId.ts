/**
 * `fetch` with the header `X-Socket-ID`, by which Laravel's `broadcast(…)->toOthers()` leaves out the sender.
 * Without an id (not connected) it is a plain `fetch`. The header makes a request to another origin one that
 * asks first (CORS preflight).
 *
 * @param socketId what `useSocketId()` returned.
 */
export function fetchWithSocketId(
  socketId: string | null,
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  if (socketId === null) return fetch(input, init);
  // `init.headers` replaces those of a Request, as it does in a plain fetch.
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  headers.set('X-Socket-ID', socketId);
  return fetch(input, { ...init, headers });
}
