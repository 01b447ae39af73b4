/**
 * The payload itself, whether it came flat, as Laravel sends it, or within `data` and nothing else.
 */
export function unwrap<T>(payload: T | { data: T }): T {
  const isWrapped = Object.keys(payload ?? {}).join() === 'data';
  return isWrapped ? (payload as { data: T }).data : (payload as T);
}
