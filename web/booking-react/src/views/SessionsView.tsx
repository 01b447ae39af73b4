import type { ReactElement } from 'react';
import { PageHeading } from '../components/PageHeading.tsx';
import { RealTimeAvailability } from '../components/RealTimeAvailability.tsx';
import { useLocale } from '../context/LocaleContext.ts';

/** The front page: what can be booked. */
export function SessionsView(): ReactElement {
  const { t } = useLocale();
  return (
    <>
      <PageHeading title={t('hero.title')} lead={t('availability.lede')} name={t('nav.sessions')} hero />
      <RealTimeAvailability />
    </>
  );
}
