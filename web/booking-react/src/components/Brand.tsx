import type { ReactElement } from 'react';

/** The sign of the studio: an echo of an echo. */
export function Brand(): ReactElement {
  return (
    <svg
      className="brand__mark"
      viewBox="0 0 32 32"
      width="32"
      height="32"
      aria-hidden="true"
      focusable="false"
    >
      <rect width="32" height="32" rx="9" />
      <path d="M21.5 10.2A8.2 8.2 0 1 0 24 18" />
      <path className="brand__echo" d="M19.2 13.1a4.2 4.2 0 1 0 .9 4.9" />
      <circle cx="24" cy="18" r="1.8" />
    </svg>
  );
}
