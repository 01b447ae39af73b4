import type { BookingStatus, BookingWithSession, User } from '@gema/booking';
import { useState, type ReactElement } from 'react';
import { Banner } from '../components/Banner.tsx';
import { BookedDialog } from '../components/BookingDialog.tsx';
import { BookingItem } from '../components/BookingItem.tsx';
import { CancelDialog } from '../components/CancelDialog.tsx';
import { ConnectionStatus } from '../components/ConnectionStatus.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { Failure } from '../components/Failure.tsx';
import { PageHeading } from '../components/PageHeading.tsx';
import { Pagination } from '../components/Pagination.tsx';
import { Skeletons } from '../components/Skeletons.tsx';
import { StaleMarker } from '../components/StaleMarker.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useBookings } from '../hooks/useBookings.ts';
import { routeHash } from '../route.ts';

const STATUSES = ['all', 'pending', 'confirmed', 'completed', 'cancelled', 'expired'] as const;

interface Chosen {
  readonly booking: BookingWithSession;
  readonly action: 'pay' | 'cancel';
}

/** The bookings of the user who is logged in: where they stand as it changes, payment, cancellation. */
export function BookingsView({ user }: { readonly user: User }): ReactElement {
  const { t } = useLocale();
  const [status, setStatus] = useState<BookingStatus | 'all'>('all');
  const [page, setPage] = useState(1);
  const bookings = useBookings(user.id, status, page);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const close = (): void => setChosen(null);
  // The last booking of the last page may have gone.
  const last = Math.max(1, bookings.meta?.last_page ?? page);
  if (page > last) setPage(last);

  return (
    <>
      <PageHeading title={t('nav.bookings')} lead={t('bookings.lede')} />
      <div className="row row--between">
        <label className="field">
          <span className="field__label">{t('bookings.filter')}</span>
          <select
            className="select"
            value={status}
            onChange={(event) => {
              setStatus(STATUSES.find((one) => one === event.target.value) ?? 'all');
              setPage(1);
            }}
          >
            {STATUSES.map((one) => (
              <option key={one} value={one}>
                {one === 'all' ? t('bookings.filter.all') : t(`booking.status.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <ConnectionStatus />
      </div>

      {(bookings.channel === 'forbidden' || bookings.channel === 'failed') && (
        <Banner tone="warning" role="status" text={t(`channel.${bookings.channel}`)} />
      )}
      {bookings.items !== null && <StaleMarker />}
      {bookings.error !== null && (
        <Failure text={t('bookings.error.title')} error={bookings.error} onRetry={bookings.reload} />
      )}
      {bookings.items === null && bookings.loading && <Skeletons className="stack" count={3} height={6} />}
      {bookings.items?.length === 0 && (
        <EmptyState
          icon="ticket"
          title={t(status === 'all' ? 'bookings.empty.title' : 'bookings.noneOf')}
          hint={t('bookings.empty.text')}
        >
          <a className="button button--primary" href={routeHash('sessions')}>
            {t('bookings.empty.action')}
          </a>
        </EmptyState>
      )}
      <ul className="list stack" aria-label={t('nav.bookings')}>
        {bookings.items?.map((booking) => (
          <BookingItem
            key={booking.id}
            booking={booking}
            onPay={() => setChosen({ booking, action: 'pay' })}
            onCancel={() => setChosen({ booking, action: 'cancel' })}
          />
        ))}
      </ul>
      {bookings.meta !== null && <Pagination meta={bookings.meta} onTurn={setPage} />}

      {chosen?.action === 'pay' && chosen.booking.session !== undefined && (
        <BookedDialog session={chosen.booking.session} booked={chosen.booking} pays onClose={close} />
      )}
      {chosen?.action === 'cancel' && (
        <CancelDialog booking={chosen.booking} onCancelled={bookings.accept} onClose={close} />
      )}
    </>
  );
}
