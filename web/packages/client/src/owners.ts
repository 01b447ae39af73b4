import type { EchoLike } from './echo.ts';
import type { Connection } from './types.ts';

/** The connection that drives an Echo, so that nobody takes its internal disconnects for the user's. */
export const connectionOf = new WeakMap<EchoLike, Connection>();
