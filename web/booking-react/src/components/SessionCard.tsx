import {
  getAvailabilityStatus,
  STATUS_ICONS,
  type AvailabilityRecord,
  type AvailabilityStatus,
  type StudioSession,
} from '@gema/booking';
import { useId, type CSSProperties, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Icon } from './Icon.tsx';

interface SessionCardProps {
  readonly session: StudioSession;
  /** Undefined until it is known. */
  readonly availability: AvailabilityRecord | undefined;
  /** How often it has changed before the visitor's eyes. */
  readonly changes: number;
  /** Whether the session is over on the chosen day. */
  readonly over: boolean;
  /** Whether a place is being booked for the visitor at this moment. */
  readonly pending: boolean;
  readonly onBook: () => void;
}

/** One session on the chosen day: when, how full, for how much, and the way to book it. */
export function SessionCard(props: SessionCardProps): ReactElement {
  const { session, availability, changes, over, pending, onBook } = props;
  const { t, format } = useLocale();
  const nameId = useId();
  const soldOut = availability?.available_slots === 0;
  const bookable = availability !== undefined && !soldOut && !over;

  return (
    <article
      className="session-card card"
      data-session-id={session.id}
      aria-labelledby={nameId}
      aria-busy={availability === undefined}
    >
      {/* A new element each time, so that the animation begins anew. */}
      {changes > 0 && <span key={changes} className="session-card__pulse changed" aria-hidden="true" />}
      <header className="stack stack--tight">
        <h3 id={nameId}>{session.name}</h3>
        <SessionTime session={session} />
      </header>
      {availability === undefined ? (
        <LoadingInfo />
      ) : (
        <AvailabilityInfo nameId={nameId} availability={availability} />
      )}
      <footer className="card__footer">
        <p className="tabular">
          <span className="visually-hidden">{t('book.price')} </span>
          <strong>
            {session.price === 0 ? t('availability.freeOfCharge') : format.money(session.price)}
          </strong>
        </p>
        {pending && (
          <span className="badge badge--pending">
            <Icon name="hourglass" />
            {t('booking.status.pending')}
          </span>
        )}
        <button
          type="button"
          className="button button--primary"
          disabled={!bookable}
          aria-label={bookable ? t('book.actionFor', { session: session.name }) : undefined}
          onClick={onBook}
        >
          {over ? t('availability.past') : soldOut ? t('book.full') : t('book.action')}
        </button>
      </footer>
    </article>
  );
}

function SessionTime({ session }: { readonly session: StudioSession }): ReactElement {
  const { t, format } = useLocale();
  const zone = format.timeZoneName(session.timezone);
  const times = {
    start_time: format.timeOfDay(session.start_time),
    end_time: format.timeOfDay(session.end_time),
  };
  return (
    <p className="muted tabular">
      {zone === null ? t('availability.time', times) : t('availability.timeIn', { ...times, zone })}
    </p>
  );
}

function LoadingInfo(): ReactElement {
  const { t } = useLocale();
  return (
    <div className="availability-info">
      <p className="muted">{t('availability.loading')}</p>
      <span className="skeleton" aria-hidden="true" />
    </div>
  );
}

interface AvailabilityInfoProps {
  /** Id of the element that names the session. */
  readonly nameId: string;
  readonly availability: AvailabilityRecord;
}

function AvailabilityInfo({ nameId, availability }: AvailabilityInfoProps): ReactElement {
  const { t, format } = useLocale();
  const { current_capacity: current, max_capacity: max, available_slots: left } = availability;
  const status = getAvailabilityStatus(current, max);
  const share = max === 0 ? 1 : Math.min(1, current / max);
  const style: CSSProperties & Record<'--value', string> = { '--value': `${share * 100}%` };

  return (
    <div className="availability-info">
      <StatusIndicator status={status} left={left} />
      <p className="figure" data-status={status}>
        <span className="figure__value">{format.number(left)}</span> {t('availability.free', { count: left })}
      </p>
      <div
        className="meter"
        data-status={status}
        role="meter"
        aria-labelledby={nameId}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={Math.min(current, max)}
        aria-valuetext={t('availability.meter', { current, max })}
        style={style}
      />
      <p className="muted small tabular">{t('availability.capacity', { current, max })}</p>
    </div>
  );
}

interface StatusIndicatorProps {
  readonly status: AvailabilityStatus;
  /** Free places. */
  readonly left: number;
}

/**
 * The box with the status in capitals. It says FULL from 90 % on, as the guide's thresholds want it; whoever hears it
 * instead of seeing the number beside it is told how many places are free all the same.
 */
function StatusIndicator({ status, left }: StatusIndicatorProps): ReactElement {
  const { t } = useLocale();
  return (
    <div
      className={`status-indicator badge badge--${status}`}
      data-status={status}
      role="img"
      aria-label={spoken(status, left, t)}
    >
      <Icon name={STATUS_ICONS[status]} />
      {t(`availability.status.${status}`)}
    </div>
  );
}

function spoken(status: AvailabilityStatus, left: number, t: ReturnType<typeof useLocale>['t']): string {
  if (left === 0) return t('availability.spoken.full');
  return t(`availability.spoken.${status === 'available' ? 'available' : 'almost-full'}`, { count: left });
}
