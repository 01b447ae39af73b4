import { ApiError, NetworkError, UnreadableAnswerError } from '../api/errors.ts';
import { sharedTexts } from './catalogues.ts';
import { perLocale, type Locale } from './texts.ts';
import { createTranslator, type Translator } from './translator.ts';

type Shared = Translator<typeof sharedTexts>;

const translator = perLocale((locale) => createTranslator(locale, sharedTexts));

/**
 * One sentence for the user about what a request has thrown. For fields see `ApiError.errors`, which the server writes
 * in the user's language; other sentences it has in English only, hence ours.
 */
export function errorMessage(error: unknown, locale: Locale): string {
  const t = translator(locale);
  if (error instanceof NetworkError) return t(`error.${error.kind}`);
  if (error instanceof UnreadableAnswerError) return t('error.unreadable');
  if (error instanceof ApiError) return refusalMessage(error, t);
  return t('error.unknown');
}

function refusalMessage(error: ApiError, t: Shared): string {
  switch (error.status) {
    case 401:
      return t('error.unauthenticated');
    case 403:
      return t('error.forbidden');
    case 404:
      return t('error.notFound');
    case 409:
      return conflictMessage(error.message, t);
    case 422:
      return error.message || t('error.invalid');
    case 429:
      return error.retryAfter === null
        ? t('error.tooMany')
        : t('error.tooManyFor', { count: error.retryAfter });
    case 502:
    case 503:
    case 504:
      return t('error.busy');
    default:
      return error.status >= 500 ? t('error.server') : error.message;
  }
}

/** What the server says about conflicts, and how we say it. Another sentence is shown as it came. */
const CONFLICTS: readonly [RegExp, (t: Shared, limit: string) => string][] = [
  [/^Session is fully booked/, (t) => t('error.sessionFull')],
  [/^There are (\d+) bookings that are not paid/, (t, limit) => t('error.tooManyUnpaid', { limit })],
  [/^A booking that is \w+ cannot be paid/, (t) => t('error.notPayable')],
  [/^A booking that is \w+ cannot become/, (t) => t('error.bookingMove')],
  [/^A payment that is \w+ cannot become/, (t) => t('error.paymentMove')],
  [/^A request with this Idempotency-Key/, (t) => t('error.inProgress')],
];

function conflictMessage(sentence: string, t: Shared): string {
  for (const [pattern, say] of CONFLICTS) {
    const match = pattern.exec(sentence);
    if (match) return say(t, match[1] ?? '');
  }
  return sentence;
}
