import { useEffect, useId, type ReactElement } from 'react';
import { Failure } from '../components/Failure.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useRequest } from '../hooks/useRequest.ts';

/** How often the list is asked for, in milliseconds. */
const POLL = 5_000;

/** Who has a page open, as the webhooks of the WebSocket server have told the application. */
export function OnlinePanel(): ReactElement {
  const { api } = useStudio();
  const { t, format } = useLocale();
  const headingId = useId();
  const { data, error, reload } = useRequest('online', () => api.online());

  useEffect(() => {
    const timer = setInterval(reload, POLL);
    return () => clearInterval(timer);
  }, [reload]);

  return (
    <section className="card stack admin-grid__wide" aria-labelledby={headingId}>
      <h2 id={headingId}>
        {t('admin.online.title')}
        {data !== null && ` (${data.count})`}
      </h2>
      {error !== null && <Failure text={t('admin.online.error')} error={error} onRetry={reload} />}
      {data?.count === 0 && <p>{t('admin.online.nobody')}</p>}
      <ul className="list">
        {data?.users.map((user) => (
          <li key={user.id}>
            {user.name} <small>{t('admin.online.since', { time: format.time(new Date(user.since)) })}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
