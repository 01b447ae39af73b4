/** Functions to be called when something happens. */
export interface Listeners {
  /** Returns what removes `fn` again. Added twice, it is called twice. */
  add: (fn: () => void) => () => void;
  notify: () => void;
}

export function createListeners(): Listeners {
  const all = new Set<() => void>();
  return {
    add(fn) {
      const one = () => fn();
      all.add(one);
      return () => void all.delete(one);
    },
    notify: () => [...all].forEach(safely),
  };
}

/** What binds handlers by the name of their event, as the connection of pusher-js. */
interface Binder {
  bind(event: string, handler: (data: never) => void): unknown;
  unbind(event: string, handler: (data: never) => void): unknown;
}

/** Binds each handler to its event; the returned function unbinds them. */
export function bindAll(target: Binder, handlers: Record<string, (data: never) => void>): () => void {
  const each = (change: 'bind' | 'unbind') =>
    Object.entries(handlers).forEach(([event, handler]) => target[change](event, handler));
  each('bind');
  return () => each('unbind');
}

/** Calls `fn`; its exception is reported, and stops neither the connection nor the other listeners. */
export function safely(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    console.error(error);
  }
}
