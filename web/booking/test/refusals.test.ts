import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ApiError,
  NetworkError,
  REQUEST_TIMEOUT_MS,
  UnreadableAnswerError,
  type Fetch,
} from '../src/index.ts';
import { apiAnswering, refusal, success } from './api-server.ts';

/** What becomes of a request that is answered so. */
async function outcome(answer: () => Response | Promise<Response>): Promise<unknown> {
  return apiAnswering(answer)
    .api.sessions()
    .catch((error: unknown) => error);
}

describe('ApiError', () => {
  it('has the errors by field', async () => {
    const errors = { email: ['Surel wajib diisi.', 'Dan lagi.'], password: ['Kata sandi wajib diisi.'] };
    const error = await outcome(() =>
      refusal(422, { message: 'Surel wajib diisi. (and 2 more errors)', errors }),
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, errors, message: 'Surel wajib diisi. (and 2 more errors)' });
    expect((error as ApiError).errorOf('email')).toBe('Surel wajib diisi.');
    expect((error as ApiError).errorOf('name')).toBeUndefined();
  });

  it('takes only texts for errors of fields', async () => {
    const answer = { message: 'No.', errors: { email: ['Wrong.', 5], name: 'Wrong.', age: [] } };
    expect(await outcome(() => refusal(422, answer))).toMatchObject({ errors: { email: ['Wrong.'] } });
    expect(await outcome(() => refusal(422, { errors: null }))).toMatchObject({ errors: {} });
  });

  it('has the seconds until it is worth trying again', async () => {
    const tooMany = (after: string) =>
      outcome(() => refusal(429, { message: 'Too Many Attempts.' }, { 'Retry-After': after }));
    expect(await tooMany('17')).toMatchObject({ status: 429, retryAfter: 17 });
    expect(await tooMany('soon')).toMatchObject({ retryAfter: null });
    vi.setSystemTime(new Date('2026-11-23T05:00:00Z'));
    expect(await tooMany('Mon, 23 Nov 2026 05:00:30 GMT')).toMatchObject({ retryAfter: 30 });
    expect(await tooMany('Mon, 23 Nov 2026 04:00:00 GMT')).toMatchObject({ retryAfter: 0 });
    vi.useRealTimers();
    expect(await outcome(() => refusal(409, { message: 'Session is fully booked' }))).toMatchObject({
      status: 409,
      retryAfter: null,
    });
  });

  it('says something also where the server, or a proxy, says nothing', async () => {
    const page = new Response('<h1>Bad Gateway</h1>', { status: 502, statusText: 'Bad Gateway' });
    expect(await outcome(() => page)).toMatchObject({
      name: 'ApiError',
      status: 502,
      message: 'Bad Gateway',
    });
    expect(await outcome(() => new Response('', { status: 500 }))).toMatchObject({ message: 'HTTP 500' });
  });
});

describe('UnreadableAnswerError', () => {
  it.each([
    ['a page', () => new Response('<!doctype html>')],
    ['nothing', () => new Response(null, { status: 204 })],
    ['half an answer', () => new Response('{"success": true, "da')],
    ['a JSON text', () => Response.json('OK')],
    ['null', () => Response.json(null)],
    ['no data', () => Response.json({ success: true })],
  ])('is thrown for %s', async (_, answer) => {
    const error = await outcome(answer);
    expect(error).toBeInstanceOf(UnreadableAnswerError);
    expect(error).toBeInstanceOf(ApiError);
  });
});

describe('a request', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Never answers, and fails as `fetch` does when it is aborted. */
  const silent: Fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });

  it('fails with a NetworkError where the server cannot be reached', async () => {
    const cause = new TypeError('Failed to fetch');
    expect(await outcome(() => Promise.reject(cause))).toMatchObject({
      name: 'NetworkError',
      kind: 'unreachable',
      cause,
    });
  });

  it('fails with a NetworkError when the answer stops in its middle', async () => {
    const broken = new Response(
      new ReadableStream({ pull: (stream) => stream.error(new TypeError('reset')) }),
    );
    expect(await outcome(() => broken)).toMatchObject({ name: 'NetworkError', kind: 'unreachable' });
  });

  it('fails with a NetworkError after 15 s without an answer', async () => {
    const { api } = apiAnswering(() => success({}), { fetch: silent });
    const settled = vi.fn();
    const failed = api.sessions().catch(settled);
    await vi.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS - 1);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await failed;
    expect(settled.mock.lastCall?.[0]).toBeInstanceOf(NetworkError);
    expect(settled.mock.lastCall?.[0]).toMatchObject({ kind: 'timeout' });
    expect(REQUEST_TIMEOUT_MS).toBe(15_000);
  });

  it('fails with the reason of its signal when that is aborted', async () => {
    const { api } = apiAnswering(() => success({}), { fetch: silent });
    const aborter = new AbortController();
    const failed = api.sessions({ signal: aborter.signal }).catch((error: unknown) => error);
    aborter.abort();
    expect(await failed).toMatchObject({ name: 'AbortError' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not sent with a signal that was aborted before', async () => {
    const { api, fetch } = apiAnswering(() => success({}));
    await expect(api.sessions({ signal: AbortSignal.abort(new Error('left')) })).rejects.toThrow('left');
    expect(fetch).not.toHaveBeenCalled();
  });

  it('leaves no timer after an answer', async () => {
    const { api } = apiAnswering(() => success({ sessions: [] }));
    await api.sessions();
    expect(vi.getTimerCount()).toBe(0);
  });
});
