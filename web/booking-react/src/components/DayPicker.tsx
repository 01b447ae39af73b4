import { useState, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { addDays, isDay, type Day } from '../dates.ts';
import { IconButton } from './IconButton.tsx';

interface DayPickerProps {
  readonly day: Day;
  /** The first day that can be chosen. */
  readonly today: Day;
  readonly onChoose: (day: Day) => void;
}

/** The day whose sessions are shown: one day back or on, any day, or today. */
export function DayPicker({ day, today, onChoose }: DayPickerProps): ReactElement {
  const { t, format } = useLocale();
  // What is being typed: half a date, or the year 2, is no day to go to, and must not be overwritten meanwhile.
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <div className="day-picker" role="group" aria-label={t('date.label')}>
      <IconButton
        icon="previous"
        label={t('date.previous')}
        disabled={day <= today}
        onClick={() => onChoose(addDays(day, -1))}
      />
      <input
        className="input"
        type="date"
        aria-label={t('date.label')}
        value={draft ?? day}
        min={today}
        required
        onChange={(event) => {
          const { value } = event.target;
          const complete = isDay(value) && value >= today;
          setDraft(complete ? null : value);
          if (complete) onChoose(value);
        }}
        onBlur={() => setDraft(null)}
      />
      <IconButton icon="next" label={t('date.next')} onClick={() => onChoose(addDays(day, 1))} />
      <p className="day-picker__name" aria-live="polite">
        {format.date(day)}
      </p>
      <button
        type="button"
        className="button day-picker__today"
        disabled={day === today}
        onClick={() => onChoose(today)}
      >
        {t('date.today')}
      </button>
    </div>
  );
}
