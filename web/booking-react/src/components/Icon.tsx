import type { ReactElement } from 'react';

const PATHS = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0',
  cross: 'M6 6l12 12M18 6L6 18',
  'chevron-left': 'M14.5 5.5L8 12l6.5 6.5',
  'chevron-right': 'M9.5 5.5L16 12l-6.5 6.5',
  bell: 'M18 16H6l1.2-2V10a4.8 4.8 0 0 1 9.6 0v4zM10 19a2.2 2.2 0 0 0 4 0',
  user: 'M12 12a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6M5 20a7 7 0 0 1 14 0',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5',
  screen: 'M4 5h16v11H4zM9 20h6M12 16v4',
  warning: 'M12 4L2.8 20h18.4zM12 10v4.5M12 17.2v.3',
  full: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M7.5 12h9',
  half: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 3v18M12 8l5.5-3M12 14l8.6-3',
  dots: 'M6 12h.01M12 12h.01M18 12h.01',
  offline: 'M3 3l18 18M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4-2.5M19 12a10 10 0 0 0-5.5-2.9M12 19h.01',
  retry: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5V8H15',
  card: 'M3.5 6.5h17v11h-17zM3.5 10.5h17M7 14.5h3',
  calendar: 'M4.5 6.5h15v13h-15zM4.5 10.5h15M8.5 4v4M15.5 4v4',
  exit: 'M10 4.5H5.5v15H10M14 8l4.5 4-4.5 4M18 12H9.5',
  sliders: 'M5 7h9M18 7h1M5 17h2M11 17h8M16 5v4M9 15v4',
  ticket: 'M3.5 8V6h17v2.5a2.5 2.5 0 0 0 0 5V18h-17v-4.5a2.5 2.5 0 0 0 0-5zM14 6v12',
} as const;

/** Name of a drawing. */
export type IconName = keyof typeof PATHS;

/** A line drawing as high as the text beside it, which says the same: assistive technology skips it. */
export function Icon({ name }: { readonly name: IconName }): ReactElement {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      width="24"
      height="24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
