import { createIdempotencyKey, type Booking, type StudioSession } from '@gema/booking';
import { useState, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import type { Day } from '../dates.ts';
import { useLiveBooking } from '../hooks/useLiveBooking.ts';
import { useSubmission } from '../hooks/useSubmission.ts';
import { BookingFacts } from './BookingFacts.tsx';
import { Dialog } from './Dialog.tsx';
import { Icon } from './Icon.tsx';
import { PaymentStep } from './PaymentStep.tsx';
import { Problem } from './Problem.tsx';
import { StaleMarker } from './StaleMarker.tsx';
import { SubmitButton } from './SubmitButton.tsx';

interface BookingDialogProps {
  readonly session: StudioSession;
  readonly day: Day;
  /** Tells when the request is on its way, and when it is answered. */
  readonly onPending: (pending: boolean) => void;
  readonly onClose: () => void;
}

/** Books a place: what it is, the confirmation, the code, and the payment if it is wanted at once. */
export function BookingDialog({ session, day, onPending, onClose }: BookingDialogProps): ReactElement {
  const { api } = useStudio();
  const { t } = useLocale();
  const [booking, setBooking] = useState<Booking | null>(null);
  // One key for as long as this dialog is open: whoever tries again after an error that hid the answer books once.
  const [key] = useState(createIdempotencyKey);
  const submission = useSubmission();
  const { busy, error, wait, submit } = submission;

  if (booking !== null) return <BookedDialog session={session} booked={booking} onClose={onClose} />;

  const confirm = (): void => {
    submit(async () => {
      onPending(true);
      try {
        setBooking(await api.book({ session_id: session.id, booking_date: day }, key));
      } finally {
        onPending(false);
      }
    });
  };

  return (
    <Dialog title={t('book.title')} onClose={onClose}>
      <BookingFacts session={session} day={day} pending={busy} />
      <Problem error={error} wait={wait} />
      <div className="dialog__actions">
        <button type="button" className="button button--ghost" onClick={onClose}>
          {t('action.cancel')}
        </button>
        <SubmitButton type="button" of={submission} onClick={confirm}>
          {busy ? t('book.submitting') : error === null ? t('book.submit') : t('action.retry')}
        </SubmitButton>
      </div>
    </Dialog>
  );
}

interface BookedDialogProps {
  readonly session: StudioSession;
  readonly booked: Booking;
  /** Begins with the payment. */
  readonly pays?: boolean;
  readonly onClose: () => void;
}

/** A booking that exists: its code and its state, then its payment. */
export function BookedDialog({ session, booked, pays = false, onClose }: BookedDialogProps): ReactElement {
  const { t } = useLocale();
  const [booking, accept] = useLiveBooking(booked);
  const [paying, setPaying] = useState(pays);

  return (
    <Dialog
      title={t(paying ? 'pay.title' : 'book.done.title')}
      step={paying ? 'payment' : 'booked'}
      onClose={onClose}
    >
      <BookingFacts session={session} day={booking.booking_date} booking={booking} />
      <StaleMarker />
      {paying ? (
        <PaymentStep booking={booking} price={session.price} onAnswer={accept} onClose={onClose} />
      ) : (
        <>
          <p>{t('book.note')}</p>
          <div className="dialog__actions">
            <button type="button" className="button button--ghost" onClick={onClose}>
              {t('pay.later')}
            </button>
            <button type="button" className="button button--primary" onClick={() => setPaying(true)}>
              <Icon name="card" />
              {t('pay.now')}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
