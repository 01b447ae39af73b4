import type { ReactElement, ReactNode } from 'react';
import { act, render, renderHook } from '@testing-library/react';
import type { ConnectionOptions } from '@gema/client';
import { vi } from 'vitest';
import { WebSocketProvider } from '../src/index.ts';
import { FakePusher, settled } from '../../client/test/fake-pusher.ts';

export { FakePusher };

/** Options of a connection without sockets and without jitter. */
export function optionsOf(more: Partial<ConnectionOptions> = {}): ConnectionOptions {
  return { key: 'key', host: 'gema.test', Pusher: FakePusher, random: () => 0, ...more };
}

/** A provider with options. */
export function inProvider(options = optionsOf()) {
  return function Wrapper({ children }: { children: ReactNode }) {
    return <WebSocketProvider options={options}>{children}</WebSocketProvider>;
  };
}

/** Renders below a provider. */
export function show(ui: ReactElement, options = optionsOf()) {
  return render(ui, { wrapper: inProvider(options) });
}

/** Calls a hook below a provider. */
export function showHook<Result, Props>(
  hook: (props: Props) => Result,
  { options, initialProps }: { options?: ConnectionOptions; initialProps?: Props } = {},
) {
  return renderHook(hook, {
    wrapper: inProvider(options),
    ...(initialProps === undefined ? {} : { initialProps }),
  });
}

/** What server and network do to the newest Pusher, and all that follows at once. */
export async function server(action: (pusher: FakePusher) => unknown): Promise<void> {
  await act(async () => {
    action(FakePusher.latest);
    await settled();
  });
}

/** Lets time pass. */
export async function pass(milliseconds: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
}

/** What the server sees of the newest Pusher, without the handshakes. */
export function wire(): string[] {
  return FakePusher.latest.log.filter((entry) => / /.test(entry));
}

/** Answers authorizations with a status; 200 grants. Returns the requests. */
export function stubAuthorization(answer: (request: Request) => number = () => 200) {
  const requests: Request[] = [];
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
    const request = new Request(new URL(input, 'https://gema.test'), init);
    requests.push(request);
    const status = answer(request);
    const user = { user_id: '1', user_info: { name: 'Sari' } };
    const body = status === 200 ? { auth: 'key:signature', channel_data: JSON.stringify(user) } : {};
    return Promise.resolve(Response.json(body, { status }));
  });
  return requests;
}
