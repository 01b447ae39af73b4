import type { PageMeta } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { IconButton } from './IconButton.tsx';

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
    <nav className="row pagination" aria-label={t('bookings.pages')}>
      <IconButton
        icon="previous"
        label={t('action.previous')}
        disabled={page <= 1}
        onClick={() => onTurn(page - 1)}
      />
      <p role="status">{t('bookings.page', { page, last })}</p>
      <IconButton
        icon="next"
        label={t('action.next')}
        disabled={page >= last}
        onClick={() => onTurn(page + 1)}
      />
    </nav>
  );
}
