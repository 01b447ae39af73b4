import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLocalePreference, createPreference, createThemePreference, openStore } from '../src/index.ts';
import { otherTabWrites, refusingStorage } from './storages.ts';

afterEach(() => {
  localStorage.clear();
});

describe('createPreference', () => {
  const options = { key: 'size', values: ['small', 'large'], fallback: 'small' } as const;

  it('keeps a choice', () => {
    createPreference(options).set('large');
    expect(localStorage.getItem('size')).toBe('large');
    expect(createPreference(options).getSnapshot()).toBe('large');
  });

  it('falls back where what is kept is no choice', () => {
    localStorage.setItem('size', 'enormous');
    expect(createPreference(options).getSnapshot()).toBe('small');
  });

  it('follows other tabs until it is destroyed', () => {
    const preference = createPreference(options);
    const fn = vi.fn();
    preference.subscribe(fn);
    otherTabWrites('other', 'large');
    otherTabWrites('size', 'large');
    otherTabWrites('size', 'large');
    expect(preference.getSnapshot()).toBe('large');
    expect(fn).toHaveBeenCalledOnce();
    preference.destroy();
    otherTabWrites('size', 'small');
    expect(preference.getSnapshot()).toBe('large');
  });

  it('works without storage', () => {
    const preference = createPreference({ ...options, store: openStore(refusingStorage()) });
    preference.set('large');
    expect(preference.getSnapshot()).toBe('large');
  });
});

describe('createLocalePreference', () => {
  it('is Indonesian by default, and the language of the page', () => {
    const locale = createLocalePreference();
    expect(locale.getSnapshot()).toBe('id');
    expect(document.documentElement.lang).toBe('id');
    locale.set('en');
    expect(document.documentElement.lang).toBe('en');
    expect(localStorage.getItem('locale')).toBe('en');
    locale.destroy();
  });
});

describe('createThemePreference', () => {
  it('sets data-theme unless the system decides', () => {
    const root = document.createElement('html');
    const theme = createThemePreference(openStore(), root);
    expect(root.dataset.theme).toBeUndefined();
    theme.set('dark');
    expect(root.dataset.theme).toBe('dark');
    expect(localStorage.getItem('theme')).toBe('dark');
    theme.set('system');
    expect(root.dataset.theme).toBeUndefined();
    theme.destroy();
    theme.set('light');
    expect(root.dataset.theme).toBeUndefined();
  });
});
