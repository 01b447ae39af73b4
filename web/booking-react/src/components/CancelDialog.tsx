import { createIdempotencyKey, type Booking, type BookingWithSession } from '@gema/booking';
import { useState, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useSubmission } from '../hooks/useSubmission.ts';
import { Dialog } from './Dialog.tsx';
import { Problem } from './Problem.tsx';
import { SubmitButton } from './SubmitButton.tsx';

interface CancelDialogProps {
  readonly booking: BookingWithSession;
  readonly onCancelled: (booking: Booking) => void;
  readonly onClose: () => void;
}

/** Asks before a booking is cancelled. */
export function CancelDialog({ booking, onCancelled, onClose }: CancelDialogProps): ReactElement {
  const { api, notices } = useStudio();
  const { t, format } = useLocale();
  const [key] = useState(createIdempotencyKey);
  const submission = useSubmission();
  const { error, wait, submit } = submission;

  const cancel = (): void => {
    submit(async () => {
      onCancelled(await api.cancel(booking.id, key));
      notices.notify(t('cancel.done', { booking_code: booking.booking_code }), 'success');
      onClose();
    });
  };

  return (
    <Dialog title={t('cancel.title')} onClose={onClose}>
      <p className="booking-code">
        <span>{t('admin.booking.code')}</span>
        <strong className="code">{booking.booking_code}</strong>
      </p>
      <p>
        {t('cancel.text', {
          session: booking.session?.name ?? booking.booking_code,
          date: format.date(booking.booking_date),
        })}{' '}
        {booking.payment_status === 'paid' && t('cancel.refund')}
      </p>
      <Problem error={error} wait={wait} />
      <div className="dialog__actions">
        <button type="button" className="button button--ghost" onClick={onClose}>
          {t('cancel.keep')}
        </button>
        <SubmitButton type="button" className="button button--danger" of={submission} onClick={cancel}>
          {t('cancel.submit')}
        </SubmitButton>
      </div>
    </Dialog>
  );
}
