import {
  DEFAULT_RECONNECT,
  GUIDE_RECONNECT,
  type ConnectionOptions,
  type ReconnectPolicy,
} from '@gema/client';
import { loadConnectionOptions } from '@gema/booking';

/** What the hook is called with: nothing, or with `?policy=default` the client's own policy. */
export const policy: Partial<ReconnectPolicy> | undefined = location.search.includes('default')
  ? DEFAULT_RECONNECT
  : undefined;

/** How to connect. The longest wait of every random one: 0 takes nothing off. */
export async function connectionOptions(): Promise<ConnectionOptions> {
  const reconnect = policy ?? GUIDE_RECONNECT;
  return { ...(await loadConnectionOptions()), reconnect, random: () => 0 };
}
