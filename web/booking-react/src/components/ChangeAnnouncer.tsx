import { useEffect, useEffectEvent, useState, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';

/** How long changes are collected before they are told, in milliseconds. */
const COLLECT_MS = 3000;

interface ChangeAnnouncerProps {
  /** By session: how often it has changed. */
  readonly changes: ReadonlyMap<number, number>;
}

/** Tells assistive technology how many sessions have changed: in one sentence, not one by one. */
export function ChangeAnnouncer({ changes }: ChangeAnnouncerProps): ReactElement {
  const { t } = useLocale();
  const [told, setTold] = useState({ changes, text: '', times: 0 });
  const changed = [...changes].filter(([session, count]) => told.changes.get(session) !== count).length;

  const tell = useEffectEvent(() => {
    setTold({ changes, text: t('availability.changed', { count: changed }), times: told.times + 1 });
  });
  const waiting = changed > 0;
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(() => tell(), COLLECT_MS);
    return () => clearTimeout(timer);
  }, [waiting]);

  return (
    <p className="visually-hidden" role="status">
      {/* A new element each time: the same words are told again. */}
      <span key={told.times}>{told.text}</span>
    </p>
  );
}
