import { vi } from 'vitest';

/** A request as the server got it. */
export interface Received {
  /** `POST /api/v1/bookings` */
  readonly route: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** What the server answers: a status and a body, or no answer at all. */
export type Answer = Response | 'unreachable';

type Handler = (request: Received) => Answer | Promise<Answer>;

/** An answer in the API's envelope. */
export function data(content: object, more: object = {}, status = 200): Response {
  return Response.json({ success: true, data: content, ...more }, { status });
}

/** A refusal. */
export function refusal(status: number, message: string, more: object = {}, headers = {}): Response {
  return Response.json({ message, ...more }, { status, headers });
}

/** The API in the place of `fetch`. */
export class FakeServer {
  readonly received: Received[] = [];
  private readonly handlers = new Map<string, Handler>();

  constructor() {
    vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => this.fetch(url, init));
  }

  /** Answers `route`, `GET /api/v1/sessions`, from now on; path segments that are `*` match anything. */
  on(route: string, handler: Handler | Response): this {
    this.handlers.set(route, handler instanceof Response ? () => handler.clone() : handler);
    return this;
  }

  /** The requests to `route`, oldest first. */
  to(route: string): Received[] {
    return this.received.filter((request) => matches(route, request.route));
  }

  private async fetch(url: string, { method = 'GET', headers, body }: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url, 'http://studio.test');
    const request: Received = {
      route: `${method} ${pathname}`,
      query: searchParams,
      headers: new Headers(headers),
      body: typeof body === 'string' ? (JSON.parse(body) as Record<string, unknown>) : {},
    };
    this.received.push(request);
    const handler = [...this.handlers].findLast(([route]) => matches(route, request.route))?.[1];
    if (handler === undefined) throw new Error(`nobody answers ${request.route}`);
    const answer = await handler(request);
    if (answer === 'unreachable') throw new TypeError('Failed to fetch');
    return answer;
  }
}

/** From now on `route` waits for its answer: what is returned gives it, to all who have asked and will ask. */
export function held(server: FakeServer, route: string): (answer: Answer) => void {
  let give: (answer: Answer) => void = () => undefined;
  const answered = new Promise<Answer>((resolve) => (give = resolve));
  server.on(route, async () => {
    const answer = await answered;
    return answer instanceof Response ? answer.clone() : answer;
  });
  return give;
}

function matches(pattern: string, route: string): boolean {
  const expected = pattern.split('/');
  const given = route.split('/');
  return expected.length === given.length && expected.every((part, at) => part === '*' || part === given[at]);
}
