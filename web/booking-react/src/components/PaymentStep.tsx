import { createIdempotencyKey, type Booking, type PaymentOutcome } from '@gema/booking';
import { useState, type ReactElement, type SubmitEvent } from 'react';
import { SubmitButton } from './SubmitButton.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useSubmission } from '../hooks/useSubmission.ts';
import { Banner } from './Banner.tsx';
import { Icon } from './Icon.tsx';
import { Problem } from './Problem.tsx';

const OUTCOMES = ['succeed', 'fail'] as const satisfies readonly PaymentOutcome[];

interface PaymentStepProps {
  /** Its newest state. */
  readonly booking: Booking;
  readonly price: number;
  readonly onAnswer: (booking: Booking) => void;
  readonly onClose: () => void;
}

/** Pays for a booking with the simulated provider, and shows what becomes of it as it happens. */
export function PaymentStep({ booking, price, onAnswer, onClose }: PaymentStepProps): ReactElement {
  const { t } = useLocale();
  const { status, payment_status: payment } = booking;

  if (payment === 'paid') {
    return <Outcome tone="success" text={t('pay.paid')} onClose={onClose} />;
  }
  if (status !== 'pending' || payment === 'refunded') {
    return <Outcome tone="warning" text={t('error.notPayable')} onClose={onClose} />;
  }
  if (payment === 'pending') {
    return <Banner tone="info" icon="hourglass" role="status" takesFocus text={t('pay.pending')} />;
  }
  // Anew after each attempt, even where it has failed before its request was answered.
  return <PaymentForm key={booking.version} booking={booking} price={price} onAnswer={onAnswer} />;
}

interface OutcomeProps {
  readonly tone: 'success' | 'warning';
  readonly text: string;
  readonly onClose: () => void;
}

function Outcome({ tone, text, onClose }: OutcomeProps): ReactElement {
  const { t } = useLocale();
  return (
    <>
      <Banner tone={tone} role="status" takesFocus text={text} />
      <div className="dialog__actions">
        <button type="button" className="button button--primary" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </>
  );
}

function PaymentForm({ booking, price, onAnswer }: Omit<PaymentStepProps, 'onClose'>): ReactElement {
  const { api } = useStudio();
  const { t, format } = useLocale();
  const [outcome, setOutcome] = useState<PaymentOutcome>('succeed');
  // One key per attempt: this form is shown anew once an attempt has failed.
  const [key] = useState(createIdempotencyKey);
  const submission = useSubmission();
  const { error, wait, submit } = submission;
  const failed = booking.payment_status === 'failed';

  const pay = (event: SubmitEvent): void => {
    event.preventDefault();
    submit(async () => onAnswer(await api.pay(booking.id, outcome, key)));
  };

  return (
    <form className="stack" onSubmit={pay}>
      {failed && <Banner tone="error" role="alert" takesFocus text={t('pay.failed')} />}
      <fieldset className="simulation">
        <legend>
          <span className="badge">{t('pay.simulation')}</span> {t('pay.outcome')}
        </legend>
        <p>{t('pay.note')}</p>
        <div className="row">
          {OUTCOMES.map((one) => (
            <label key={one} className="choice">
              <input
                type="radio"
                name="outcome"
                value={one}
                checked={outcome === one}
                onChange={() => setOutcome(one)}
              />
              {t(one === 'succeed' ? 'pay.outcome.succeed' : 'pay.outcome.fail')}
            </label>
          ))}
        </div>
      </fieldset>
      <Problem error={error} wait={wait} />
      <div className="dialog__actions">
        <SubmitButton of={submission}>
          <Icon name="card" />
          {failed ? t('action.retry') : t('pay.submit', { amount: format.money(price) })}
        </SubmitButton>
      </div>
    </form>
  );
}
