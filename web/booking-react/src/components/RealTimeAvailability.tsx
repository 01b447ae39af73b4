import { availabilityOf, type StudioSession } from '@gema/booking';
import { useReconnected } from '@gema/react';
import { useState, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useSession, useStudio } from '../context/StudioContext.ts';
import { isOver, type Day } from '../dates.ts';
import { useAvailability } from '../hooks/useAvailability.ts';
import { useClock } from '../hooks/useClock.ts';
import { useRequest } from '../hooks/useRequest.ts';
import { keepDay } from '../hooks/useRoute.ts';
import { useStudioDay } from '../hooks/useStudioDay.ts';
import { BookingDialog } from './BookingDialog.tsx';
import { ChangeAnnouncer } from './ChangeAnnouncer.tsx';
import { ConnectionStatus } from './ConnectionStatus.tsx';
import { DayPicker } from './DayPicker.tsx';
import { EmptyState } from './EmptyState.tsx';
import { Failure } from './Failure.tsx';
import { LogInDialog } from './LogInDialog.tsx';
import { SessionCard } from './SessionCard.tsx';
import { Skeletons } from './Skeletons.tsx';
import { StaleMarker } from './StaleMarker.tsx';

/** What the visitor is doing about a session. */
interface Chosen {
  readonly session: StudioSession;
  readonly day: Day;
  readonly step: 'logIn' | 'book';
}

/** The sessions of a day with their free places, which change before the visitor's eyes, and the way to book one. */
export function RealTimeAvailability(): ReactElement {
  const { api } = useStudio();
  const { t } = useLocale();
  const { status } = useSession();
  const sessions = useRequest('sessions', () => api.sessions());
  useReconnected(sessions.reload);
  const { day, today } = useStudioDay(sessions.data);
  const availability = useAvailability(day);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [pending, setPending] = useState<Chosen | null>(null);
  const close = (): void => setChosen(null);

  return (
    <section className="stack availability" aria-labelledby="availability-heading">
      <header className="row row--between">
        <h2 id="availability-heading">{t('availability.title')}</h2>
        <ConnectionStatus />
      </header>

      {day !== null && today !== null && (
        <DayPicker day={day} today={today} onChoose={(next) => keepDay(next === today ? null : next)} />
      )}
      {availability.known && <StaleMarker />}
      {availability.error !== null && (
        <Failure
          text={t('availability.error.places')}
          error={availability.error}
          onRetry={availability.reload}
        />
      )}

      {sessions.error !== null && (
        <Failure text={t('availability.error.title')} error={sessions.error} onRetry={sessions.reload} />
      )}
      {sessions.data === null && sessions.loading && (
        <Skeletons className="sessions-grid grid" count={6} height={17} />
      )}
      {sessions.data?.length === 0 && (
        <EmptyState
          icon="calendar"
          title={t('availability.empty.title')}
          hint={t('availability.empty.text')}
        />
      )}
      {day !== null && (
        <>
          <div className="sessions-grid grid">
            {sessions.data?.map((session) => (
              <LiveSessionCard
                key={session.id}
                session={session}
                day={day}
                availability={availabilityOf(availability.state, session.id, day)}
                changes={availability.changes.get(session.id) ?? 0}
                pending={pending?.session.id === session.id && pending.day === day}
                onBook={() => setChosen({ session, day, step: status === 'anonymous' ? 'logIn' : 'book' })}
              />
            ))}
          </div>
          <ChangeAnnouncer key={day} changes={availability.changes} />
        </>
      )}

      {chosen?.step === 'logIn' && (
        <LogInDialog
          title={t('logIn.toBook', { name: chosen.session.name })}
          onDone={() => setChosen({ ...chosen, step: 'book' })}
          onClose={close}
        />
      )}
      {chosen?.step === 'book' && (
        <BookingDialog
          session={chosen.session}
          day={chosen.day}
          onPending={(isPending) => setPending(isPending ? chosen : null)}
          onClose={close}
        />
      )}
    </section>
  );
}

type LiveSessionCardProps = Omit<Parameters<typeof SessionCard>[0], 'over'> & { readonly day: Day };

/** How often the clock is looked at, in milliseconds. */
const LOOK_EVERY_MS = 15_000;

/** A {@link SessionCard} that knows what time it is. */
function LiveSessionCard({ day, ...card }: LiveSessionCardProps): ReactElement {
  const { end_time, timezone } = card.session;
  const over = useClock((now) => isOver(day, end_time, timezone, now), LOOK_EVERY_MS);
  return <SessionCard {...card} over={over} />;
}

export default RealTimeAvailability;
