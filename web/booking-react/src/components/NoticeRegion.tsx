import { TONE_ICONS } from '@gema/booking';
import { useEffect, useState, useSyncExternalStore, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import type { Notice } from '../notices.ts';
import { Icon } from './Icon.tsx';
import { IconButton } from './IconButton.tsx';

/** How long a notice stays, in milliseconds, unless the pointer or the focus is on it. */
const STAYS_MS = 5000;

/** The notices in a corner of the screen, told politely. */
export function NoticeRegion(): ReactElement {
  const { notices } = useStudio();
  const { t } = useLocale();
  const shown = useSyncExternalStore(notices.subscribe, notices.getSnapshot);
  return (
    <section className="toast-region" role="status" aria-label={t('notices.label')}>
      {shown.map((notice) => (
        <NoticeToast key={notice.id} notice={notice} onDismiss={() => notices.dismiss(notice.id)} />
      ))}
    </section>
  );
}

interface NoticeToastProps {
  readonly notice: Notice;
  readonly onDismiss: () => void;
}

function NoticeToast({ notice, onDismiss }: NoticeToastProps): ReactElement {
  const { t } = useLocale();
  const { notices } = useStudio();
  const [held, setHeld] = useState(false);

  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => notices.dismiss(notice.id), STAYS_MS);
    return () => clearTimeout(timer);
  }, [held, notices, notice.id]);

  return (
    <div
      className={`toast banner--${notice.level}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Icon name={TONE_ICONS[notice.level]} />
      <p>{notice.message}</p>
      <IconButton icon="close" label={t('notices.dismiss')} onClick={onDismiss} />
    </div>
  );
}
