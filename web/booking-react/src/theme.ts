/** What the visitor chose; `system` follows the setting of the device. */
export type Theme = 'system' | 'light' | 'dark';

/** All themes, in the order of the switch. */
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const KEY = 'theme';

/** The theme that was chosen in this browser. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return THEMES.find((one) => one === stored) ?? 'system';
  } catch {
    return 'system'; // storage is forbidden here
  }
}

/** Shows the page in `theme`, and keeps it for the next visit. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Forbidden storage costs the choice at the next visit, nothing else.
  }
}
