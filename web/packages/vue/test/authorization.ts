import { vi } from 'vitest';

/** What an authorization endpoint was asked. */
export interface AuthorizationRequest {
  /** The header, `null` where it was not sent. */
  readonly authorization: string | null;
  readonly body: string;
}

/** An authorization endpoint that answers with a grant or, for a number, with that status. */
export function stubAuthorization(answer: (request: AuthorizationRequest) => object | number) {
  const requests: AuthorizationRequest[] = [];
  vi.stubGlobal('fetch', (_url: string, init: RequestInit = {}) => {
    const request = {
      authorization: new Headers(init.headers).get('Authorization'),
      body:
        typeof init.body === 'string'
          ? init.body
          : new URLSearchParams(init.body as URLSearchParams).toString(),
    };
    requests.push(request);
    const answered = answer(request);
    return Promise.resolve(
      typeof answered === 'number'
        ? Response.json({ message: 'no' }, { status: answered })
        : Response.json(answered),
    );
  });
  return requests;
}
