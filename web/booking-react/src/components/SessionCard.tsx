import type { AvailabilityRecord, AvailabilityStatus, StudioSession } from '@gema/booking';
import { getAvailabilityStatus } from '@gema/booking';
import { useId, type CSSProperties, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Icon, type IconName } from './Icon.tsx';

const ICONS: Record<AvailabilityStatus, IconName> = {
  available: 'check',
  'almost-full': 'half',
  full: 'full',
  loading: 'dots',
};

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
  /** The abbreviated time zone of the studio, where the visitor's differs. */
  readonly zone: string | null;
  readonly onBook: () => void;
}

/** One session on the chosen day: when, how full, for how much, and the way to book it. */
export function SessionCard(props: SessionCardProps): ReactElement {
  const { session, availability, changes, over, pending, zone, onBook } = props;
  const { t, format } = useLocale();
  const nameId = useId();
  const bookable = availability !== undefined && availability.available_slots > 0 && !over;

  return (
    <article
      className="session-card card"
      data-session-id={session.id}
      aria-labelledby={nameId}
      aria-busy={availability === undefined}
    >
      {/* A new element each time, so that the animation begins anew. */}
      {changes > 0 && <span key={changes} className="session-card__pulse" aria-hidden="true" />}
      <h3 id={nameId}>{session.name}</h3>
      <p className="session-card__time">
        {t('card.time', {
          start: format.timeOfDay(session.start_time),
          end: format.timeOfDay(session.end_time),
        })}
        {zone !== null && ` ${zone}`}
      </p>
      <p className="session-card__price">
        {session.price === 0 ? t('card.freeOfCharge') : format.money(session.price)}
      </p>
      {availability === undefined ? (
        <LoadingInfo />
      ) : (
        <AvailabilityInfo name={session.name} availability={availability} />
      )}
      <div className="session-card__actions">
        {pending && <span className="badge badge--pending">{t('book.busy')}</span>}
        <button type="button" className="button button--primary" disabled={!bookable} onClick={onBook}>
          {over
            ? t('card.over')
            : availability?.available_slots === 0
              ? t('card.fullyBooked')
              : t('card.book')}
          <span className="visually-hidden">{` ${session.name}`}</span>
        </button>
      </div>
    </article>
  );
}

function LoadingInfo(): ReactElement {
  const { t } = useLocale();
  return (
    <div className="availability-info">
      <p>{t('availability.loading')}</p>
      <span className="skeleton skeleton--meter" aria-hidden="true" />
      <span className="skeleton skeleton--number" aria-hidden="true" />
    </div>
  );
}

interface AvailabilityInfoProps {
  readonly name: string;
  readonly availability: AvailabilityRecord;
}

function AvailabilityInfo({ name, availability }: AvailabilityInfoProps): ReactElement {
  const { t, format } = useLocale();
  const { current_capacity: current, max_capacity: max, available_slots: left } = availability;
  const status = getAvailabilityStatus(current, max);
  const taken = max === 0 ? 1 : Math.min(1, current / max);
  const fill: CSSProperties & Record<'--taken', string> = { '--taken': `${String(taken * 100)}%` };
  // The box says FULL from 90 % on, as the thresholds want it. Whoever cannot see the number beside it is told it too.
  const words = status === 'full' && left > 0 ? t('card.almost-full') : t(`card.${status}`);
  const places = `${format.number(left)} ${t('card.placesLeft', { count: left })}`;

  return (
    <div className="availability-info">
      <p className="availability-info__capacity">{t('card.capacity', { current, max })}</p>
      <div
        className="status-indicator"
        data-status={status}
        role="img"
        aria-label={`${words.toLocaleLowerCase()}, ${places}`}
      >
        <Icon name={ICONS[status]} />
        {t(`card.${status}`).toLocaleUpperCase()}
      </div>
      <div
        className="meter"
        data-status={status}
        role="meter"
        aria-label={t('card.placesTaken', { name })}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={Math.min(current, max)}
        aria-valuetext={t('card.meter', { current, max })}
        style={fill}
      />
      <p className="availability-info__free">
        <strong>{format.number(left)}</strong> {t('card.placesLeft', { count: left })}
      </p>
    </div>
  );
}
