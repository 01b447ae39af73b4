import { ApiError, NetworkError, UnreadableAnswerError, type FieldErrors } from './errors.ts';

/** The part of `fetch` that is used here. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** The `fetch` of this moment, so that it can be replaced later. */
export const globalFetch: Fetch = (url, init) => globalThis.fetch(url, init);

/** A request, ready to be sent. */
export interface HttpRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** How long a request may take, its answer included, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 15_000;

/**
 * Sends a request and answers with the JSON object of the answer.
 *
 * Throws {@link ApiError}, {@link NetworkError}, or the reason of `signal` if that was aborted.
 */
export async function exchange(fetch: Fetch, request: HttpRequest): Promise<object> {
  const { url, method, headers, body, signal } = request;
  const aborter = new AbortController();
  const abort = (): void => aborter.abort();
  const timer = setTimeout(abort, REQUEST_TIMEOUT_MS);
  signal?.addEventListener('abort', abort);
  try {
    signal?.throwIfAborted();
    const response = await fetch(url, {
      method,
      headers: { Accept: 'application/json', ...headers, ...(body !== undefined && JSON_HEADERS) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: aborter.signal,
    });
    return readAnswer(response, await response.text());
  } catch (error) {
    if (error instanceof ApiError) throw error;
    signal?.throwIfAborted();
    throw new NetworkError(aborter.signal.aborted ? 'timeout' : 'unreachable', error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

const JSON_HEADERS = { 'Content-Type': 'application/json' };

function readAnswer(response: Response, text: string): object {
  const answer = parseObject(text);
  if (!response.ok) throw refusal(response, answer);
  if (answer === null) throw new UnreadableAnswerError(response.status);
  return answer;
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function refusal(response: Response, answer: object | null): ApiError {
  const { status, statusText, headers } = response;
  const said = answer && 'message' in answer && typeof answer.message === 'string' ? answer.message : '';
  return new ApiError({
    status,
    message: said || statusText || `HTTP ${status}`,
    errors: fieldErrors(answer),
    retryAfter: secondsOf(headers.get('Retry-After')),
  });
}

function fieldErrors(answer: object | null): FieldErrors {
  if (answer === null || !('errors' in answer)) return {};
  const { errors } = answer;
  if (typeof errors !== 'object' || errors === null) return {};
  const lists = Object.entries(errors).map(([field, messages]: [string, unknown]) => {
    const texts = Array.isArray(messages) ? messages.filter((message) => typeof message === 'string') : [];
    return [field, texts] as const;
  });
  return Object.fromEntries(lists.filter(([, texts]) => texts.length > 0));
}

/** `Retry-After` is a number of seconds or a date. */
function secondsOf(header: string | null): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  const moment = Date.parse(header);
  return Number.isNaN(moment) ? null : Math.max(0, Math.ceil((moment - Date.now()) / 1000));
}
