import type { EchoLike } from './echo.ts';
import type { Connection, ConnectionOptions } from './types.ts';

export function createConnection(options: ConnectionOptions | EchoLike): Connection {
  throw new Error(`not there yet ${String(options)}`);
}
