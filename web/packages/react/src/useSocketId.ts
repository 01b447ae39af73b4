import { useCallback, useSyncExternalStore } from 'react';
import { getServerNull } from './connectionSource.ts';
import { useConnectionSource } from './useConnectionSource.ts';

/** The id that the server gave to the shared connection, `null` while not connected. Does not connect. */
export function useSocketId(): string | null {
  const source = useConnectionSource();
  const getSocketId = useCallback(() => source.getSnapshot().socketId, [source]);
  return useSyncExternalStore(source.subscribe, getSocketId, getServerNull);
}
