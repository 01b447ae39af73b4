import type { Booking, BookingStatus, BookingWithSession, PaymentStatus } from '@gema/booking';
import { useState, type ReactElement, type SubmitEvent } from 'react';
import { BookingFacts } from '../components/BookingFacts.tsx';
import { Problem } from '../components/Problem.tsx';
import { FormError } from '../components/problemText.ts';
import { SelectField } from '../components/SelectField.tsx';
import { SubmitButton } from '../components/SubmitButton.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useSubmission } from '../hooks/useSubmission.ts';

const STATUSES = [
  'pending',
  'confirmed',
  'completed',
  'cancelled',
  'expired',
] as const satisfies readonly BookingStatus[];
const PAYMENTS = [
  'unpaid',
  'pending',
  'paid',
  'failed',
  'refunded',
] as const satisfies readonly PaymentStatus[];

interface BookingFormProps {
  readonly booking: BookingWithSession;
  readonly onChanged: (booking: Booking) => void;
}

/** Moves a booking or its payment on. Which moves there are, the server knows: it says so when it refuses one. */
export function BookingForm({ booking, onChanged }: BookingFormProps): ReactElement {
  const { api, notices } = useStudio();
  const { t } = useLocale();
  const [status, setStatus] = useState<BookingStatus | ''>('');
  const [payment, setPayment] = useState<PaymentStatus | ''>('');
  const submission = useSubmission();
  const { error, wait, submit } = submission;

  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    submit(async () => {
      if (status === '' && payment === '') throw new FormError(t('admin.booking.nothing'));
      const changed = await api.adminChangeBooking(booking.id, {
        ...(status !== '' && { status }),
        ...(payment !== '' && { payment_status: payment }),
      });
      notices.notify(t('admin.saved'), 'success');
      setStatus('');
      setPayment('');
      onChanged(changed);
    });
  };

  return (
    <form className="stack" onSubmit={save}>
      {booking.session !== undefined && (
        <BookingFacts session={booking.session} day={booking.booking_date} booking={booking} />
      )}
      <div className="row admin-fields">
        <SelectField
          label={t('bookings.status')}
          value={status}
          options={[
            { value: '', label: t('admin.booking.unchanged') },
            ...STATUSES.map((value) => ({ value, label: t(`booking.status.${value}`) })),
          ]}
          onChange={setStatus}
        />
        <SelectField
          label={t('pay.title')}
          value={payment}
          options={[
            { value: '', label: t('admin.booking.unchanged') },
            ...PAYMENTS.map((value) => ({ value, label: t(`payment.status.${value}`) })),
          ]}
          onChange={setPayment}
        />
      </div>
      <Problem error={error} wait={wait} />
      <SubmitButton of={submission}>{t('admin.booking.title')}</SubmitButton>
    </form>
  );
}
