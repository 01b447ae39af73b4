import { notificationWords, type NotificationEntry } from '@gema/booking';
import type { Texts } from '../texts/texts.ts';

/** A notification as it is shown. */
export interface NotificationDescription {
  /** What it is about. */
  readonly title: string;
  /** The words that an administrator has put above the message; null: none. */
  readonly subject: string | null;
  readonly message: string;
}

/** A notification in the language of the user. */
export function describe(entry: NotificationEntry, { t, locale }: Texts): NotificationDescription {
  return {
    title: t(`notification.${entry.type}.title`),
    subject: entry.type === 'system' ? entry.data.title : null,
    message: notificationWords(entry, locale.value).message,
  };
}
