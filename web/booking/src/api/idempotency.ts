/**
 * A key for `Idempotency-Key`: make one when the user decides, and use it again when the same request is repeated
 * because its answer got lost. `crypto.randomUUID` exists on secure origins only, hence the other way.
 */
export function createIdempotencyKey(crypto: Crypto = globalThis.crypto): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
