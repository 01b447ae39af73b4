import type { ReactElement } from 'react';
import { ConnectionStatus } from '../components/ConnectionStatus.tsx';
import { PageHeading } from '../components/PageHeading.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { AnnounceForm } from './AnnounceForm.tsx';
import { BookingPanel } from './BookingPanel.tsx';
import { CapacityForm } from './CapacityForm.tsx';
import { OnlinePanel } from './OnlinePanel.tsx';

/** What administrators do: capacities, bookings, messages to everybody. */
export default function AdminView(): ReactElement {
  const { t } = useLocale();
  return (
    <>
      <PageHeading title={t('nav.admin')} lead={t('admin.lede')} />
      <ConnectionStatus />
      <div className="stack admin-grid">
        <CapacityForm />
        <AnnounceForm />
        <OnlinePanel />
        <BookingPanel />
      </div>
    </>
  );
}
