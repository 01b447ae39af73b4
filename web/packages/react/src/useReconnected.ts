import { useEffect } from 'react';
import { useConnectionSource } from './useConnectionSource.ts';
import { useNewest } from './useNewest.ts';

/**
 * Calls `refetch` once after each recovery from a loss, not after the first connect. Events that were sent
 * meanwhile are lost for good, so this is the place to fetch the present state again.
 */
export function useReconnected(refetch: () => void): void {
  const source = useConnectionSource();
  const callNewest = useNewest(refetch);

  useEffect(() => {
    const { connection, release } = source.hold();
    const stop = connection.onReconnected(callNewest);
    return () => {
      stop();
      release();
    };
  }, [source, callNewest]);
}
