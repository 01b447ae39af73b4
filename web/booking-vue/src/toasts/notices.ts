import type { NotificationTone } from '@gema/booking';
import type { ToastStack } from './toastStack.ts';

/** Messages about the page itself, as toasts; of each subject the last one only. */
export interface Notices {
  readonly say: (subject: string, level: NotificationTone, message: string) => void;
  /** Takes back what was said of a subject. */
  readonly withdraw: (subject: string) => void;
}

/** Notices in a stack, for so many milliseconds (null: until dismissed). */
export function createNotices(stack: ToastStack, milliseconds: () => number | null): Notices {
  const shown = new Map<string, number>();
  const withdraw = (subject: string): void => {
    const id = shown.get(subject);
    if (id !== undefined) stack.dismiss(id);
  };
  return {
    say(subject, level, message) {
      withdraw(subject);
      shown.set(subject, stack.show({ kind: 'notice', level, message }, milliseconds()));
    },
    withdraw,
  };
}
