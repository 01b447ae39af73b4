import { useEffect, useInsertionEffect, useMemo, useState, type ReactElement, type ReactNode } from 'react';
import type { Connection, ConnectionOptions } from '@gema/client';
import { createGivenSource, createOwnedSource } from './connectionSource.ts';
import { ConnectionSourceContext } from './useConnectionSource.ts';

/** Exactly one of `connection` and `options`. */
export type WebSocketProviderProps =
  | { connection: Connection; options?: never; children?: ReactNode }
  | { options: ConnectionOptions; connection?: never; children?: ReactNode };

/**
 * Gives one connection to all hooks below it.
 *
 * With `options` the connection is the provider's own: made in an effect, opened when a hook needs it,
 * destroyed after the provider is unmounted. `getToken` and `onAuthError` are always the newest; the other
 * options are those of the first render (give the provider another `key` to begin anew). With `connection`
 * the provider neither makes nor destroys anything.
 */
export function WebSocketProvider(props: WebSocketProviderProps): ReactElement {
  return props.connection === undefined ? <OwnedConnection {...props} /> : <GivenConnection {...props} />;
}

function GivenConnection({ connection, children }: { connection: Connection; children?: ReactNode }) {
  const source = useMemo(() => createGivenSource(connection), [connection]);
  return <ConnectionSourceContext.Provider value={source}>{children}</ConnectionSourceContext.Provider>;
}

function OwnedConnection({ options, children }: { options: ConnectionOptions; children?: ReactNode }) {
  const [source] = useState(() => createOwnedSource(options));
  // Before all other effects: one of them may authorize again and must get the token of this render.
  useInsertionEffect(() => source.refreshCallbacks(options), [source, options]);
  useEffect(() => source.hold().release, [source]);
  return <ConnectionSourceContext.Provider value={source}>{children}</ConnectionSourceContext.Provider>;
}
