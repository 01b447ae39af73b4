import { TONE_ICONS, type IconName, type NotificationTone } from '@gema/booking';
import type { ReactElement, ReactNode } from 'react';
import { Icon } from './Icon.tsx';

interface BannerProps {
  readonly tone: NotificationTone;
  /** By default that of the tone. */
  readonly icon?: IconName;
  /** `alert` interrupts, `status` waits for its turn; without a role it is only seen. */
  readonly role?: 'alert' | 'status';
  /** What had the focus is gone, and this stands in its place. */
  readonly takesFocus?: boolean;
  readonly className?: string;
  readonly text: string;
  /** What can be done about it. */
  readonly children?: ReactNode;
}

/** A sentence that concerns what is around it. */
export function Banner({
  tone,
  icon = TONE_ICONS[tone],
  role,
  takesFocus = false,
  className = '',
  text,
  children,
}: BannerProps): ReactElement {
  return (
    <div
      className={`banner banner--${tone} ${className}`}
      role={role}
      {...(takesFocus && { tabIndex: -1, ref: focus })}
    >
      <Icon name={icon} />
      <p className="banner__text">{text}</p>
      {children}
    </div>
  );
}

function focus(element: HTMLElement | null): void {
  element?.focus();
}
