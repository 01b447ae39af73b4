import type { BookingWithSession } from '@gema/booking';
import { useId, useState, type ReactElement, type SubmitEvent } from 'react';
import { Failure } from '../components/Failure.tsx';
import { Problem } from '../components/Problem.tsx';
import { StatusBadge } from '../components/StatusBadge.tsx';
import { SubmitButton } from '../components/SubmitButton.tsx';
import { TextField } from '../components/TextField.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useRequest } from '../hooks/useRequest.ts';
import { useSubmission } from '../hooks/useSubmission.ts';
import { BookingForm } from './BookingForm.tsx';

/** Finds a booking, by its code or among the latest ones, and changes it. */
export function BookingPanel(): ReactElement {
  const { api } = useStudio();
  const { t, format } = useLocale();
  const headingId = useId();
  const [code, setCode] = useState('');
  const [chosen, setChosen] = useState<BookingWithSession | null>(null);
  /** Counts the choices: each has a form of its own, without what was said of the one before. */
  const [choice, setChoice] = useState(0);
  const latest = useRequest('latest', () => api.bookings({ per_page: 6 }));
  const submission = useSubmission();
  const { busy, error, wait, submit, forget } = submission;

  const choose = (booking: BookingWithSession | null): void => {
    setChosen(booking);
    setChoice((before) => before + 1);
  };

  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    submit(async () => {
      choose(null);
      choose(await api.booking(code.trim().toUpperCase()));
    });
  };

  return (
    <section className="card stack admin-grid__wide" aria-labelledby={headingId}>
      <h2 id={headingId}>{t('admin.booking.title')}</h2>
      <form className="row admin-fields" onSubmit={find}>
        <TextField
          label={t('admin.booking.code')}
          name="code"
          placeholder="BK-20261128-7KQ2ZD"
          required
          autoCapitalize="characters"
          spellCheck={false}
          value={code}
          onChange={setCode}
        />
        <SubmitButton of={submission} className="button">
          {t('admin.booking.find')}
        </SubmitButton>
      </form>
      <Problem error={error} wait={wait} />

      {chosen !== null && (
        <BookingForm
          key={choice}
          booking={chosen}
          onChanged={(changed) => {
            setChosen({ ...chosen, ...changed });
            latest.reload();
          }}
        />
      )}

      <h3>{t('admin.booking.latest')}</h3>
      {latest.error !== null && (
        <Failure text={t('bookings.error.title')} error={latest.error} onRetry={latest.reload} />
      )}
      <ul className="list">
        {latest.data?.items.map((booking) => (
          <li key={booking.id}>
            <button
              type="button"
              className="latest"
              aria-pressed={chosen?.id === booking.id}
              onClick={() => {
                choose(booking);
                // Of the search, which may still run.
                if (!busy) forget();
              }}
            >
              <span className="code">{booking.booking_code}</span>
              <span>
                {booking.session?.name} · {format.shortDate(booking.booking_date)}
              </span>
              <span className="row">
                <StatusBadge of="booking" status={booking.status} />
                <StatusBadge of="payment" status={booking.payment_status} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
