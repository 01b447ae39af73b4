/**
 * The payload itself, whether it came flat, as Laravel sends it, or within `data` and nothing else.
 */
export function unwrap<T>(payload: T | { data: T }): T {
  return isWrapped(payload) ? payload.data : payload;
}

function isWrapped<T>(payload: T | { data: T }): payload is { data: T } {
  return Object.keys(payload ?? {}).join() === 'data';
}
