import { useEffect } from 'react';
import { useConnectionSource } from './useConnectionSource.ts';
import { useNewest } from './useNewest.ts';

/**
 * Calls `fn` once after each recovery from a loss, not after the first connect. Channels are not subscribed yet: what
 * was missed is fetched in `onSubscribed` of `useChannelEvent`, or an event of the meantime stays unknown.
 */
export function useReconnected(fn: () => void): void {
  const source = useConnectionSource();
  const callNewest = useNewest(fn);

  useEffect(() => {
    const { connection, release } = source.hold();
    const stop = connection.onReconnected(callNewest);
    return () => {
      stop();
      release();
    };
  }, [source, callNewest]);
}
