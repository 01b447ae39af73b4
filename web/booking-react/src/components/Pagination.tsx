import type { PageMeta } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Icon } from './Icon.tsx';

interface PaginationProps {
  readonly meta: PageMeta;
  readonly onTurn: (page: number) => void;
}

/** One page back or on; nothing where there is one page only. */
export function Pagination({ meta, onTurn }: PaginationProps): ReactElement | null {
  const { t } = useLocale();
  const { current_page: page, last_page: last } = meta;
  if (last <= 1) return null;
  return (
    <nav className="pagination" aria-label={t('bookings.pages')}>
      <button
        type="button"
        className="button button--ghost button--icon"
        disabled={page <= 1}
        onClick={() => onTurn(page - 1)}
      >
        <Icon name="chevron-left" />
        <span className="visually-hidden">{t('action.previous')}</span>
      </button>
      <p role="status">{t('bookings.page', { page, last })}</p>
      <button
        type="button"
        className="button button--ghost button--icon"
        disabled={page >= last}
        onClick={() => onTurn(page + 1)}
      >
        <Icon name="chevron-right" />
        <span className="visually-hidden">{t('action.next')}</span>
      </button>
    </nav>
  );
}
