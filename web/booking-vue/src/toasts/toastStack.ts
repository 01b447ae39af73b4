import { shallowRef, type ShallowRef } from 'vue';
import type { NotificationEntry, NotificationTone } from '@gema/booking';

/** What a toast says. */
export type ToastContent =
  | { readonly kind: 'notification'; readonly entry: NotificationEntry }
  | { readonly kind: 'notice'; readonly level: NotificationTone; readonly message: string };

/** Something that is shown for a while. */
export interface Toast {
  /** Never the same for two toasts of a page. */
  readonly id: number;
  readonly content: ToastContent;
  /** Interrupts, and stays until it is dismissed: errors and failed payments. */
  readonly urgent: boolean;
}

/** How long toasts wait: the pointer or the focus is on them, or the tab is not seen. */
export type PauseReason = 'pointer' | 'focus' | 'hidden';

/** The toasts of a page. */
export interface ToastStack {
  /** Newest first. */
  readonly toasts: Readonly<ShallowRef<readonly Toast[]>>;
  /** Shows a toast for `milliseconds` (null: until dismissed), unless it is urgent. Returns its id. */
  readonly show: (content: ToastContent, milliseconds: number | null) => number;
  readonly dismiss: (id: number) => void;
  readonly dismissAll: () => void;
  /** Stops the time of all toasts, those to come included, until every reason has ended. */
  readonly pause: (reason: PauseReason) => void;
  readonly resume: (reason: PauseReason) => void;
  /** Leaves no timer behind. */
  readonly destroy: () => void;
}

interface Countdown {
  /** Milliseconds that were left at `since`; null: it does not run out. */
  left: number | null;
  since: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

let toastCount = 0;

/** No toasts. `onGone` is told of each that went, by itself or dismissed. */
export function createToastStack(onGone: (toast: Toast) => void = () => undefined): ToastStack {
  const toasts = shallowRef<readonly Toast[]>([]);
  const countdowns = new Map<number, Countdown>();
  const pauses = new Set<PauseReason>();

  const dismiss = (id: number): void => {
    const toast = toasts.value.find((one) => one.id === id);
    if (!toast) return;
    clearTimeout(countdowns.get(id)?.timer);
    countdowns.delete(id);
    toasts.value = toasts.value.filter((one) => one !== toast);
    onGone(toast);
  };
  const run = (id: number, countdown: Countdown): void => {
    if (countdown.left === null) return;
    countdown.since = Date.now();
    countdown.timer = setTimeout(() => dismiss(id), countdown.left);
  };
  const hold = (countdown: Countdown): void => {
    if (countdown.left === null) return;
    clearTimeout(countdown.timer);
    countdown.left = Math.max(0, countdown.left - (Date.now() - countdown.since));
  };

  return {
    toasts,
    show(content, milliseconds) {
      const id = (toastCount += 1);
      const urgent = isUrgent(content);
      const countdown = { left: urgent ? null : milliseconds, since: Date.now(), timer: undefined };
      countdowns.set(id, countdown);
      toasts.value = [{ id, content, urgent }, ...toasts.value];
      if (pauses.size === 0) run(id, countdown);
      return id;
    },
    dismiss,
    dismissAll: () => toasts.value.forEach(({ id }) => dismiss(id)),
    pause(reason) {
      if (pauses.size === 0) countdowns.forEach(hold);
      pauses.add(reason);
    },
    resume(reason) {
      if (pauses.delete(reason) && pauses.size === 0) {
        countdowns.forEach((countdown, id) => run(id, countdown));
      }
    },
    destroy: () => countdowns.forEach(({ timer }) => clearTimeout(timer)),
  };
}

function isUrgent(content: ToastContent): boolean {
  return (content.kind === 'notice' ? content.level : content.entry.level) === 'error';
}
