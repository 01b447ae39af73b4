import { afterEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../src/index.ts';
import { otherTabWrites, refusingStorage } from './storages.ts';

afterEach(() => {
  localStorage.clear();
});

describe('openStore', () => {
  it('keeps values in localStorage', () => {
    const store = openStore();
    store.set('colour', 'teal');
    expect(localStorage.getItem('colour')).toBe('teal');
    expect(openStore().get('colour')).toBe('teal');
    store.set('colour', null);
    expect(localStorage.getItem('colour')).toBeNull();
  });

  it('keeps values in memory where storage refuses', () => {
    const store = openStore(refusingStorage());
    expect(store.get('colour')).toBeNull();
    store.set('colour', 'teal');
    expect(store.get('colour')).toBe('teal');
    store.set('colour', null);
    expect(store.get('colour')).toBeNull();
  });

  it('works where even asking for localStorage throws', () => {
    vi.spyOn(globalThis, 'localStorage', 'get').mockImplementationOnce(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    const store = openStore();
    store.set('colour', 'teal');
    expect(store.get('colour')).toBe('teal');
  });

  it('prefers what it could not write to what is older', () => {
    localStorage.setItem('colour', 'red');
    const store = openStore();
    const setItem = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    store.set('colour', 'teal');
    expect(store.get('colour')).toBe('teal');
    setItem.mockRestore();
    store.set('colour', 'green');
    expect(localStorage.getItem('colour')).toBe('green');
    expect(store.get('colour')).toBe('green');
  });

  it('tells what other tabs change, until that is ended', () => {
    const store = openStore();
    const keys: (string | null)[] = [];
    const stop = store.onChange((key) => keys.push(key));
    otherTabWrites('colour', 'teal');
    otherTabWrites(null, null);
    window.dispatchEvent(new StorageEvent('storage', { key: 'colour', storageArea: sessionStorage }));
    stop();
    otherTabWrites('colour', 'red');
    expect(keys).toEqual(['colour', null]);
  });

  it('looks again when the page comes back from the back/forward cache', () => {
    const keys: (string | null)[] = [];
    const stop = openStore().onChange((key) => keys.push(key));
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }));
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    stop();
    expect(keys).toEqual([null]);
  });

  it('drops what it could not write when another tab has written since', () => {
    const store = openStore();
    const stop = store.onChange(() => undefined);
    vi.spyOn(Storage.prototype, 'setItem').mockImplementationOnce(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    store.set('colour', 'teal');
    otherTabWrites('colour', 'red');
    expect(store.get('colour')).toBe('red');
    stop();
  });
});
