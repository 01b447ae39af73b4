import { useId, useState, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { addDays, isDay, type Day } from '../dates.ts';
import { Icon } from './Icon.tsx';

interface DayPickerProps {
  readonly day: Day;
  /** The first day that can be chosen. */
  readonly today: Day;
  readonly onChoose: (day: Day) => void;
}

/** The day whose sessions are shown: one day back or on, any day, or today. */
export function DayPicker({ day, today, onChoose }: DayPickerProps): ReactElement {
  const { t, format } = useLocale();
  const inputId = useId();
  // What is being typed: half a date, or the year 2, is no day to go to, and must not be overwritten meanwhile.
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <div className="day-picker" role="group" aria-label={t('date.label')}>
      <button
        type="button"
        className="button button--ghost button--icon"
        disabled={day <= today}
        onClick={() => onChoose(addDays(day, -1))}
      >
        <Icon name="chevron-left" />
        <span className="visually-hidden">{t('date.previous')}</span>
      </button>
      <label className="visually-hidden" htmlFor={inputId}>
        {t('date.label')}
      </label>
      <input
        id={inputId}
        className="input"
        type="date"
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
      <button
        type="button"
        className="button button--ghost button--icon"
        onClick={() => onChoose(addDays(day, 1))}
      >
        <Icon name="chevron-right" />
        <span className="visually-hidden">{t('date.next')}</span>
      </button>
      <button
        type="button"
        className="button button--ghost"
        disabled={day === today}
        onClick={() => onChoose(today)}
      >
        {t('date.today')}
      </button>
      <p className="day-picker__name" aria-live="polite">
        {format.date(day)}
      </p>
    </div>
  );
}
