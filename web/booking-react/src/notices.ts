/** How serious a notice is. */
export type NoticeLevel = 'info' | 'success' | 'warning';

/** A short message that passes. */
export interface Notice {
  readonly id: number;
  readonly message: string;
  readonly level: NoticeLevel;
}

/** The notices on the screen, newest last. */
export interface Notices {
  readonly notify: (message: string, level: NoticeLevel) => void;
  readonly dismiss: (id: number) => void;
  readonly getSnapshot: () => readonly Notice[];
  readonly subscribe: (changed: () => void) => () => void;
}

/** At most this many are shown at a time; the oldest goes. */
const MOST = 3;

/** Makes an empty list of notices. The same message twice in a row is shown once. */
export function createNotices(): Notices {
  let notices: readonly Notice[] = [];
  let lastId = 0;
  const listeners = new Set<() => void>();

  const replace = (next: readonly Notice[]): void => {
    notices = next;
    for (const listener of listeners) listener();
  };

  return {
    notify(message, level) {
      const others = notices.filter((one) => one.message !== message);
      lastId += 1;
      replace([...others, { id: lastId, message, level }].slice(-MOST));
    },
    dismiss: (id) => replace(notices.filter((one) => one.id !== id)),
    getSnapshot: () => notices,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
}
