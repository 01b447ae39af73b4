import type { NotificationEntry } from '../notifications.ts';
import { notificationTexts, sharedTexts } from './catalogues.ts';
import { perLocale, type Locale } from './texts.ts';
import { createTranslator } from './translator.ts';

const translator = perLocale((locale) => createTranslator(locale, notificationTexts));

/** A notification in words. */
export interface NotificationWords {
  title: string;
  message: string;
}

/**
 * A notification in words. In English the statuses are the words of the contract (`has been paid`), as in the guide;
 * in Indonesian they are translated. What administrators announce is in their own words.
 */
export function notificationWords(entry: NotificationEntry, locale: Locale): NotificationWords {
  const t = translator(locale);
  switch (entry.type) {
    case 'booking': {
      const { booking_code, status } = entry.data;
      return {
        title: t('notification.booking.title'),
        message: t('notification.booking.message', { booking_code, status: word('booking', status) }),
      };
    }
    case 'payment': {
      const { booking_code, payment_status } = entry.data;
      return {
        title: t('notification.payment.title'),
        message: t('notification.payment.message', {
          booking_code,
          payment_status: word('payment', payment_status),
        }),
      };
    }
    case 'system':
      return { title: entry.data.title ?? t('notification.system.title'), message: entry.data.message };
  }

  function word(of: 'booking' | 'payment', status: string): string {
    if (locale === 'en') return status;
    const key = `${of}.status.${status}`;
    return (sharedTexts[locale] as Record<string, string>)[key]?.toLocaleLowerCase(locale) ?? status;
  }
}
