import type { StudioSession } from '@gema/booking';
import { useId, useState, type ReactElement, type SubmitEvent } from 'react';
import { Failure } from '../components/Failure.tsx';
import { Problem } from '../components/Problem.tsx';
import { SelectField } from '../components/SelectField.tsx';
import { TextField } from '../components/TextField.tsx';
import { SubmitButton } from '../components/SubmitButton.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useRequest } from '../hooks/useRequest.ts';
import { useStudioDay } from '../hooks/useStudioDay.ts';
import { useSubmission } from '../hooks/useSubmission.ts';

/** Changes how many places a session has, on all days or on one. */
export function CapacityForm(): ReactElement {
  const { api } = useStudio();
  const { t } = useLocale();
  const headingId = useId();
  const sessions = useRequest('sessions', () => api.sessions());
  const [first] = sessions.data ?? [];

  return (
    <section className="card stack" aria-labelledby={headingId}>
      <h2 id={headingId}>{t('admin.capacity.title')}</h2>
      {sessions.error !== null && (
        <Failure text={t('availability.error.title')} error={sessions.error} onRetry={sessions.reload} />
      )}
      {sessions.data !== null && first !== undefined && (
        <Fields sessions={sessions.data} first={first} onChanged={sessions.reload} />
      )}
    </section>
  );
}

interface FieldsProps {
  readonly sessions: readonly StudioSession[];
  readonly first: StudioSession;
  readonly onChanged: () => void;
}

function Fields({ sessions, first, onChanged }: FieldsProps): ReactElement {
  const { api, notices } = useStudio();
  const { t } = useLocale();
  const { today } = useStudioDay(sessions);
  const [chosenId, setChosenId] = useState(String(first.id));
  const session = sessions.find((one) => String(one.id) === chosenId) ?? first;
  const [scope, setScope] = useState<'all' | 'day'>('all');
  const [typedDay, setTypedDay] = useState<string | null>(null);
  const [typedPlaces, setTypedPlaces] = useState<string | null>(null);
  const submission = useSubmission();
  const { error, wait, submit } = submission;
  const day = typedDay ?? today ?? '';
  const places = typedPlaces ?? String(session.max_capacity);

  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    submit(async () => {
      await api.adminChangeSession(session.id, {
        max_capacity: Number(places),
        ...(scope === 'day' && { date: day }),
      });
      notices.notify(t('admin.saved'), 'success');
      onChanged();
    });
  };

  return (
    <form className="stack" onSubmit={save}>
      <SelectField
        label={t('book.session')}
        value={chosenId}
        options={sessions.map((one) => ({ value: String(one.id), label: one.name }))}
        onChange={(id) => {
          setChosenId(id);
          setTypedPlaces(null);
        }}
      />
      <SelectField
        label={t('admin.capacity.scope')}
        value={scope}
        options={[
          { value: 'all', label: t('admin.capacity.allDays') },
          { value: 'day', label: t('admin.capacity.oneDay') },
        ]}
        onChange={setScope}
      />
      {scope === 'day' && (
        <TextField
          label={t('book.date')}
          name="date"
          type="date"
          required
          min={today ?? undefined}
          value={day}
          error={error}
          onChange={setTypedDay}
        />
      )}
      <TextField
        label={t('admin.capacity.places')}
        name="max_capacity"
        type="number"
        inputMode="numeric"
        required
        min={0}
        max={100_000}
        value={places}
        error={error}
        onChange={setTypedPlaces}
      />
      <Problem error={error} wait={wait} fields={['date', 'max_capacity']} />
      <SubmitButton of={submission}>{t('admin.capacity.title')}</SubmitButton>
    </form>
  );
}
