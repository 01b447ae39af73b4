import { computed, type Ref } from 'vue';
import { createPreference, openStore, type KeyValueStore, type NotificationType } from '@gema/booking';
import { usePreference } from './composables/useObservable.ts';

/** How long toasts stay, in seconds; `never`: until they are dismissed. */
export const TOAST_DURATIONS = ['5', '10', '20', 'never'] as const;
/** One of {@link TOAST_DURATIONS}. */
export type ToastDuration = (typeof TOAST_DURATIONS)[number];

/** The types of notifications, in the order in which they are offered. */
export const NOTIFICATION_TYPES: readonly NotificationType[] = ['booking', 'payment', 'system'];

/** What the user has chosen; kept between visits, the same in all tabs. */
export interface Settings {
  readonly toastDuration: Ref<ToastDuration>;
  /** Whether toasts are shown, by type. The list has everything. */
  readonly toasts: Readonly<Record<NotificationType, Ref<boolean>>>;
  readonly sound: Ref<boolean>;
}

/** The settings of this browser, with what ends following other tabs. */
export function createSettings(store: KeyValueStore = openStore()): Settings & { destroy(): void } {
  const ends: (() => void)[] = [];
  const choice = <T extends string>(name: string, values: readonly T[], fallback: T): Ref<T> => {
    const preference = createPreference({ key: `notifications.${name}`, values, fallback, store });
    ends.push(preference.destroy);
    return usePreference(preference);
  };
  const onOff = (name: string, fallback: 'on' | 'off'): Ref<boolean> => {
    const value = choice(name, ['on', 'off'], fallback);
    return computed({ get: () => value.value === 'on', set: (on) => (value.value = on ? 'on' : 'off') });
  };
  return {
    toastDuration: choice('toast-duration', TOAST_DURATIONS, '5'),
    toasts: {
      booking: onOff('toast-booking', 'on'),
      payment: onOff('toast-payment', 'on'),
      system: onOff('toast-system', 'on'),
    },
    sound: onOff('sound', 'off'),
    destroy: () => ends.forEach((end) => end()),
  };
}

/** Milliseconds that a toast stays; null: until it is dismissed. */
export function millisecondsOf(duration: ToastDuration): number | null {
  return duration === 'never' ? null : Number(duration) * 1000;
}
