import type { Session } from '../session.ts';
import { ApiError, UnreadableAnswerError } from './errors.ts';
import type { AnswerOf, BodyOf, Method, Operation, Path, QueryOf } from './operations.ts';
import { exchange, globalFetch, type Fetch } from './transport.ts';

/** What an {@link createApi | Api} needs. */
export interface ApiOptions {
  session: Session;
  /** The id of the connection, for requests with `toOthers`. */
  getSocketId?: () => string | null;
  /** The language of validation messages. By default the server's choice. */
  getLocale?: () => string;
  /** By default `globalThis.fetch`. */
  fetch?: Fetch;
  /** What comes before `/api/v1/…`. By default nothing: the page's own origin. */
  baseUrl?: string;
}

/** What every request can be given. */
export interface RequestOptions {
  /** Aborts the request, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/** What a request that changes something can be given. */
export interface WriteOptions extends RequestOptions {
  /**
   * Whether this page's connection is left out of the events that the request causes (Laravel's `toOthers`). By
   * default it gets them as everybody does.
   */
  toOthers?: boolean;
}

/** A request in the terms of the API. */
export interface Call<O> extends WriteOptions {
  /** For the `{names}` of the path. */
  path?: Record<string, string | number>;
  query?: QueryOf<O>;
  body?: BodyOf<O>;
  idempotencyKey?: string;
}

/** Sends requests of the API. */
export type Send = <P extends Path, M extends Method>(
  method: M,
  path: P,
  call?: Call<Operation<P, M>>,
) => Promise<AnswerOf<Operation<P, M>>>;

/**
 * Sends requests with the token of the session and the language of the user. A 401 expires the session, unless it has
 * another token by then.
 *
 * Requests throw `ApiError`, `NetworkError`, or the reason of their signal.
 */
export function createSend(options: ApiOptions): Send {
  const { session, baseUrl = '', fetch = globalFetch } = options;
  return async <P extends Path, M extends Method>(
    method: M,
    path: P,
    call: Call<Operation<P, M>> = {},
  ): Promise<AnswerOf<Operation<P, M>>> => {
    const token = session.getToken();
    try {
      const answer = await exchange(fetch, {
        url: baseUrl + fillIn(path, call.path) + queryString(call.query),
        method: method.toUpperCase(),
        headers: headersOf(options, token, call),
        body: call.body,
        signal: call.signal,
      });
      // The server promises it in the document from which the types are made; what every answer has is checked.
      if (!('data' in answer)) throw new UnreadableAnswerError(200);
      return answer as AnswerOf<Operation<P, M>>;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && token !== null) session.expire(token);
      throw error;
    }
  };
}

function headersOf(
  { getLocale, getSocketId }: ApiOptions,
  token: string | null,
  { toOthers = false, idempotencyKey }: { toOthers?: boolean; idempotencyKey?: string },
): Record<string, string> {
  const locale = getLocale?.();
  const socketId = toOthers ? getSocketId?.() : null;
  return {
    ...(token !== null && { Authorization: `Bearer ${token}` }),
    ...(locale && { 'Accept-Language': locale }),
    ...(socketId && { 'X-Socket-ID': socketId }),
    ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }),
  };
}

function fillIn(path: string, values: Record<string, string | number> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}

function queryString(query: object | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}
