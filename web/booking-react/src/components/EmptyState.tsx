import type { IconName } from '@gema/booking';
import type { ReactElement, ReactNode } from 'react';
import { Icon } from './Icon.tsx';

interface EmptyStateProps {
  readonly icon: IconName;
  readonly title: string;
  readonly hint: string;
  /** The way on. */
  readonly children?: ReactNode;
}

/** There is nothing to list: why, and the way on. */
export function EmptyState({ icon, title, hint, children }: EmptyStateProps): ReactElement {
  return (
    <div className="empty-state">
      <Icon name={icon} />
      <h2>{title}</h2>
      <p>{hint}</p>
      {children}
    </div>
  );
}
