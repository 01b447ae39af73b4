/** What is kept between visits, by key. */
export interface KeyValueStore {
  get(key: string): string | null;
  /** `null` removes. */
  set(key: string, value: string | null): void;
  /**
   * Calls `fn` with the key, or `null` for all of them, whenever **another** tab has changed something.
   * Returns what ends that.
   */
  onChange(fn: (key: string | null) => void): () => void;
}

/**
 * A {@link KeyValueStore} over `storage`, by default `localStorage`.
 *
 * Browsers may refuse it (private mode, blocked site data, no space left). What cannot be written is kept in memory
 * then: it lasts until the page is left, and other tabs do not see it. Nothing here throws.
 */
export function openStore(storage: Storage | null = localStorageOrNull()): KeyValueStore {
  const memory = new Map<string, string | null>();
  return {
    get(key) {
      const kept = memory.get(key);
      if (kept !== undefined) return kept;
      return attempt(() => storage?.getItem(key) ?? null, null);
    },
    set(key, value) {
      const written = attempt(() => write(storage, key, value), false);
      if (written) memory.delete(key);
      else memory.set(key, value);
    },
    onChange(fn) {
      return listen(storage, (key) => {
        // What another tab has written now is newer than what this one could not write.
        if (key === null) memory.clear();
        else memory.delete(key);
        fn(key);
      });
    },
  };
}

function localStorageOrNull(): Storage | null {
  return attempt(() => globalThis.localStorage, null);
}

function write(storage: Storage | null, key: string, value: string | null): boolean {
  if (storage === null) return false;
  if (value === null) storage.removeItem(key);
  else storage.setItem(key, value);
  return true;
}

function listen(storage: Storage | null, fn: (key: string | null) => void): () => void {
  if (storage === null || typeof window === 'undefined') return () => undefined;
  const onStorage = (event: StorageEvent): void => {
    if (event.storageArea === storage) fn(event.key);
  };
  // A page that comes back from the back/forward cache has missed what happened meanwhile.
  const onPageShow = (event: PageTransitionEvent): void => {
    if (event.persisted) fn(null);
  };
  window.addEventListener('storage', onStorage);
  window.addEventListener('pageshow', onPageShow);
  return () => {
    window.removeEventListener('storage', onStorage);
    window.removeEventListener('pageshow', onPageShow);
  };
}

function attempt<T>(action: () => T, otherwise: T): T {
  try {
    return action();
  } catch {
    return otherwise;
  }
}
