import { THEMES, type IconName } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useSession } from '../context/StudioContext.ts';
import { useLocaleSwitch } from '../hooks/useLocaleSwitch.ts';
import { useTheme } from '../hooks/useTheme.ts';
import { routeHash, type View } from '../route.ts';
import { Icon } from './Icon.tsx';
import { IconButton } from './IconButton.tsx';
import { UserMenu } from './UserMenu.tsx';

interface HeaderProps {
  readonly view: View;
  readonly onLogOut: () => void;
}

/** The top of every page: where one is, where one can go, and how the page is to look and speak. */
export function Header({ view, onLogOut }: HeaderProps): ReactElement {
  const { t } = useLocale();
  const { user, status } = useSession();
  const isAdmin = user?.roles.includes('admin') === true;
  return (
    <header className="app-header">
      <a className="brand" href={routeHash('sessions')}>
        <Icon name="brand" />
        {t('app.name')}
      </a>
      <nav className="app-nav" aria-label={t('nav.label')}>
        <NavLink to="sessions" at={view} icon="calendar" text={t('nav.sessions')} />
        <NavLink to="bookings" at={view} icon="ticket" text={t('nav.bookings')} />
        <a href="/notifications">
          <Icon name="bell" />
          <span>{t('nav.notifications')}</span>
        </a>
        {isAdmin && <NavLink to="admin" at={view} icon="settings" text={t('nav.admin')} />}
      </nav>
      <div className="app-actions">
        <LanguageSwitch />
        <ThemeSwitch />
        {status === 'anonymous' ? (
          <a
            className="button button--ghost app-header__log-in"
            href={routeHash('login')}
            aria-label={t('account.logIn')}
          >
            <Icon name="user" />
            <span>{t('account.logIn')}</span>
          </a>
        ) : (
          <UserMenu user={user} onLogOut={onLogOut} />
        )}
      </div>
    </header>
  );
}

interface NavLinkProps {
  readonly to: View;
  readonly at: View;
  readonly icon: IconName;
  readonly text: string;
}

function NavLink({ to, at, icon, text }: NavLinkProps): ReactElement {
  return (
    <a href={routeHash(to)} aria-current={to === at ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{text}</span>
    </a>
  );
}

function LanguageSwitch(): ReactElement {
  const { t } = useLocale();
  const [locale, setLocale] = useLocaleSwitch();
  const other = locale === 'id' ? 'en' : 'id';
  return (
    <button
      type="button"
      className="button button--ghost button--icon"
      lang={other}
      aria-label={t('header.switchLanguage')}
      onClick={() => setLocale(other)}
    >
      <span aria-hidden="true">{other.toUpperCase()}</span>
    </button>
  );
}

function ThemeSwitch(): ReactElement {
  const { t } = useLocale();
  const [theme, setTheme] = useTheme();
  const name = t('header.theme', { theme: t(`app.theme.${theme}`) });
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return <IconButton icon="theme" label={name} onClick={() => setTheme(next)} />;
}
