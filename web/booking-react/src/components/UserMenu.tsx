import type { User } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { routeHash } from '../route.ts';
import { Icon } from './Icon.tsx';

interface UserMenuProps {
  /** Null until it is known who it is. */
  readonly user: User | null;
  readonly onLogOut: () => void;
}

const MENU_ID = 'user-menu';

/** Who is logged in, and what they can do about it. The browser opens and closes it: Escape, a click beside it. */
export function UserMenu({ user, onLogOut }: UserMenuProps): ReactElement {
  const { t } = useLocale();
  const initials = user === null ? '' : initialsOf(user.name);
  const hide = (): void => document.getElementById(MENU_ID)?.hidePopover();
  return (
    <>
      <button
        type="button"
        className="button button--icon user-menu-button"
        popoverTarget={MENU_ID}
        aria-label={user === null ? t('account.label') : `${t('account.label')}: ${user.name}`}
      >
        {initials === '' ? <Icon name="user" /> : <span aria-hidden="true">{initials}</span>}
      </button>
      <div id={MENU_ID} popover="auto" className="user-menu card">
        {user !== null && (
          <p className="stack stack--tight">
            <strong>{user.name}</strong>
            <span className="muted small">{user.email}</span>
          </p>
        )}
        <a className="button button--ghost" href={routeHash('bookings')} onClick={hide}>
          <Icon name="ticket" />
          {t('nav.bookings')}
        </a>
        <button
          type="button"
          className="button button--ghost"
          onClick={() => {
            hide();
            onLogOut();
          }}
        >
          <Icon name="logOut" />
          {t('account.logOut')}
        </button>
      </div>
    </>
  );
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => word?.charAt(0).toUpperCase() ?? '')
    .join('');
}
