import type { User } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
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
        <button type="button" className="button button--ghost" popoverTarget={MENU_ID} onClick={onLogOut}>
          <Icon name="logOut" />
          {t('account.logOut')}
        </button>
      </div>
    </>
  );
}

/** `Siti Nur Aminah` is SA. */
function initialsOf(name: string): string {
  const [first = '', ...others] = name.trim().split(/\s+/);
  return (first.slice(0, 1) + (others.at(-1) ?? '').slice(0, 1)).toUpperCase();
}
