/** The line drawings, on a square of 24. */
export const ICONS = {
  bell: 'M18 16H6l1.2-2V10a4.8 4.8 0 0 1 9.6 0v4zM10 19a2.2 2.2 0 0 0 4 0',
  sessions: 'M4.5 6.5h15v13h-15zM4.5 10.5h15M8.5 4v4M15.5 4v4',
  ticket: 'M3.5 8V6h17v2.5a2.5 2.5 0 0 0 0 5V18h-17v-4.5a2.5 2.5 0 0 0 0-5zM14 6v12',
  booking: 'M4.5 6.5h15v13h-15zM4.5 10.5h15M8.5 4v4M15.5 4v4M9 15l2 2 4-4',
  payment: 'M3.5 6.5h17v11h-17zM3.5 10.5h17M7 14.5h3',
  system: 'M4 10v4h3l8 4V6L7 10zM18 9.5a3.5 3.5 0 0 1 0 5M8 14l1.2 5h2',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2.5 12.5L7 17l8-9M12 16l1 1 8.5-9.5',
  cross: 'M6 6l12 12M18 6L6 18',
  warning: 'M12 4L2.8 20h18.4zM12 10v4.5M12 17.2v.3',
  info: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 11v5M12 7.7v.3',
  offline: 'M3 3l18 18M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4-2.5M19 12a10 10 0 0 0-5.5-2.9M12 19h.01',
  retry: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5V8H15',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4',
  sound: 'M4 10v4h3l5 4V6L7 10zM16 9.5a3.5 3.5 0 0 1 0 5M18.5 7a7 7 0 0 1 0 10',
  user: 'M12 12a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6M5 20a7 7 0 0 1 14 0',
} as const;

/** Name of a drawing. */
export type IconName = keyof typeof ICONS;
