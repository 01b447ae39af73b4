import { ICONS, type IconName } from '@gema/booking';
import type { ReactElement } from 'react';

/** A drawing as high as the text beside it, which says the same: assistive technology skips it. */
export function Icon({ name }: { readonly name: IconName }): ReactElement {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}
