/** Functions to be called when something happens. */
export interface Listeners {
  /** Returns what removes `fn` again. Added twice, it is called twice. */
  add: (fn: () => void) => () => void;
  notify: () => void;
  clear: () => void;
}

export function createListeners(): Listeners {
  const entries = new Set<{ fn: () => void }>();
  return {
    add(fn) {
      const entry = { fn };
      entries.add(entry);
      return () => {
        entries.delete(entry);
      };
    },
    notify() {
      for (const { fn } of [...entries]) safely(fn);
    },
    clear: () => {
      entries.clear();
    },
  };
}

/** Calls `fn`; its exception is reported, and stops neither the connection nor the other listeners. */
export function safely(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    console.error(error);
  }
}
