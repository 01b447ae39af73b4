import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Dialog } from './Dialog.tsx';
import { LogInForm } from './LogInForm.tsx';

interface LogInDialogProps {
  readonly title: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks to log in over the page, which stays as it is. */
export function LogInDialog({ title, onDone, onClose }: LogInDialogProps): ReactElement {
  const { t } = useLocale();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{t('logIn.lede')}</p>
      <LogInForm onDone={onDone} />
    </Dialog>
  );
}
