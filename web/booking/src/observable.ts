/**
 * A value that changes, in the form that React's `useSyncExternalStore` takes: snapshots are never changed, and both
 * functions can be passed around without their object.
 */
export interface Observable<T> {
  readonly getSnapshot: () => T;
  /** Calls `fn` after each change. Returns what ends that. */
  readonly subscribe: (fn: () => void) => () => void;
}

/** An {@link Observable} that its owner can set. */
export interface Cell<T> extends Observable<T> {
  /** Tells the subscribers, unless the value is the one that it had. */
  readonly set: (value: T) => void;
}

/** A cell with this value. */
export function createCell<T>(initial: T): Cell<T> {
  let value = initial;
  const subscribers = new Set<{ call: () => void }>();
  return {
    getSnapshot: () => value,
    subscribe(fn) {
      // Its own object, so that one function can subscribe twice.
      const subscriber = { call: fn };
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },
    set(next) {
      if (Object.is(value, next)) return;
      value = next;
      for (const subscriber of [...subscribers]) subscriber.call();
    },
  };
}
