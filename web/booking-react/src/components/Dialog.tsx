import { useId, useLayoutEffect, useRef, type ReactElement, type ReactNode } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { IconButton } from './IconButton.tsx';

interface DialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Escape, the cross, or a click beside the dialog. */
  readonly onClose: () => void;
  /** For more than one view in the same dialog: a change moves the focus to the title. */
  readonly step?: string;
}

/** A modal dialog: the page behind it is inert, Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, children, onClose, step = '' }: DialogProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  const { t } = useLocale();

  // A layout effect, because its cleanup runs while the element is still in the document: only then does close()
  // give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
      // Where it came from may be gone with this commit, or disabled: the last place was booked.
      queueMicrotask(() => {
        if (document.activeElement === document.body) document.querySelector<HTMLElement>('main h1')?.focus();
      });
    };
  }, []);

  useLayoutEffect(() => {
    heading.current?.focus();
  }, [step]);

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={titleId}
      closedby="any"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // A browser closes at the second Escape whatever the first one was told. Our own close() comes here too, later,
      // when StrictMode may have opened the dialog again.
      onClose={() => {
        if (dialog.current?.open === false) onClose();
      }}
    >
      <header className="dialog__header">
        <h2 id={titleId} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <IconButton icon="close" label={t('action.close')} onClick={onClose} />
      </header>
      <div className="stack">{children}</div>
    </dialog>
  );
}
