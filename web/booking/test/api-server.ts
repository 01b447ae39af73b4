import { vi, type Mock } from 'vitest';
import {
  createApi,
  createSession,
  type Api,
  type ApiOptions,
  type Fetch,
  type Session,
} from '../src/index.ts';

/** An API whose server is a function. */
export interface Fixture {
  api: Api;
  session: Session;
  fetch: Mock<Fetch>;
  /** The last request. */
  last: () => SentRequest;
}

/** A request as it was sent. */
export interface SentRequest {
  url: string;
  method: string | undefined;
  headers: Headers;
  body: unknown;
}

/** An API whose requests are all answered with `answer`. */
export function apiAnswering(
  answer: () => Response | Promise<Response>,
  options: Partial<ApiOptions> = {},
): Fixture {
  const session = createSession(null);
  const fetch = vi.fn<Fetch>(() => Promise.resolve(answer()));
  const last = (): SentRequest => {
    const [url, init] = fetch.mock.lastCall ?? ['', {}];
    const body = init?.body;
    return {
      url,
      method: init?.method,
      headers: new Headers(init?.headers),
      body: typeof body === 'string' ? JSON.parse(body) : body,
    };
  };
  return { api: createApi({ session, fetch, ...options }), session, fetch, last };
}

/** An answer of the server that all went well. */
export function success(data: unknown, more: object = {}): Response {
  return Response.json({ success: true, data, ...more });
}

/** An answer of the server that refuses. */
export function refusal(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}
