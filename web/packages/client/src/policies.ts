import { reconnectPolicy, type ReconnectPolicy } from './backoff.ts';

/** The policies that were asked for, of which the newest that is not undone holds. */
export interface Policies {
  current: () => ReconnectPolicy;
  /** What is missing in `policy` is that of the first one. The returned function undoes it; idempotent. */
  set: (policy: Partial<ReconnectPolicy>) => () => void;
}

export function createPolicies(options: Partial<ReconnectPolicy> | undefined, changed: () => void): Policies {
  const first = reconnectPolicy(options);
  const asked = new Set<ReconnectPolicy>();
  return {
    current: () => [...asked].at(-1) ?? first,
    set(policy) {
      const one = reconnectPolicy(policy, first);
      asked.add(one);
      changed();
      return () => {
        if (asked.delete(one)) changed();
      };
    },
  };
}
