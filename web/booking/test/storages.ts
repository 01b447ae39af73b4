/** What the browser tells a tab when another one has changed the storage. */
export function otherTabWrites(key: string | null, value: string | null): void {
  if (key === null) localStorage.clear();
  else if (value === null) localStorage.removeItem(key);
  else localStorage.setItem(key, value);
  window.dispatchEvent(new StorageEvent('storage', { key, newValue: value, storageArea: localStorage }));
}

/** A storage as browsers have it where site data is blocked. */
export function refusingStorage(): Storage {
  const refuse = (): never => {
    throw new DOMException('denied', 'SecurityError');
  };
  return { length: 0, clear: refuse, getItem: refuse, key: refuse, removeItem: refuse, setItem: refuse };
}
