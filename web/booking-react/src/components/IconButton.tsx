import type { IconName } from '@gema/booking';
import type { ReactElement } from 'react';
import { Icon } from './Icon.tsx';

interface IconButtonProps {
  readonly icon: IconName;
  /** What it does, for who does not see the drawing; shown when the pointer rests on it. */
  readonly label: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

/** A button that is a drawing. */
export function IconButton({ icon, label, disabled = false, onClick }: IconButtonProps): ReactElement {
  return (
    <button
      type="button"
      className="button button--ghost button--icon"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
