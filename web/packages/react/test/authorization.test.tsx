import { useEffect, useState } from 'react';
import { act, render, screen } from '@testing-library/react';
import type { ConnectionOptions } from '@gema/client';
import { expect, test } from 'vitest';
import { useChannelEvent, useWebSocket, WebSocketProvider } from '../src/index.ts';
import { FakePusher, optionsOf, pass, server, show, showHook, stubAuthorization } from './harness.tsx';

const authorizationOf = (request: Request | undefined) => request?.headers.get('Authorization');

function usePrivate() {
  const channel = useChannelEvent('user.1', 'Told', () => undefined, { visibility: 'private' });
  return { ...channel, connection: useWebSocket().connection };
}

test('X-13: the token is asked for at the authorization, not when the connection is made', async () => {
  const requests = stubAuthorization();
  let token = 'old';
  showHook(usePrivate, { options: optionsOf({ getToken: () => token }) });
  token = 'new';
  await server((pusher) => pusher.open());
  expect(requests.map(authorizationOf)).toEqual(['Bearer new']);
});

test('X-13: a getToken that closes over state is the newest one, also for an effect of that render', async () => {
  const requests = stubAuthorization();
  const Child = ({ token }: { token: string | null }) => {
    const { state, connection } = usePrivate();
    useEffect(() => connection?.reauthorize(), [token, connection]);
    return <p>{state}</p>;
  };
  const App = () => {
    const [token, setToken] = useState<string | null>(null);
    return (
      <WebSocketProvider options={optionsOf({ getToken: () => token })}>
        <Child token={token} />
        <button onClick={() => setToken('mine')}>log in</button>
      </WebSocketProvider>
    );
  };
  render(<App />);
  await server((pusher) => pusher.open());
  expect(screen.getByRole('paragraph').textContent).toBe('unauthenticated');
  act(() => screen.getByRole('button').click());
  await pass(0);
  expect(requests.map(authorizationOf)).toEqual(['Bearer mine']);
  expect(screen.getByRole('paragraph').textContent).toBe('subscribed');
});

test('X-14: without a token a private channel is not attempted, and says so', async () => {
  const requests = stubAuthorization();
  const { result } = showHook(usePrivate, { options: optionsOf({ getToken: () => null }) });
  await server((pusher) => pusher.open());
  await pass(1000);
  expect(result.current.state).toBe('unauthenticated');
  expect(requests).toHaveLength(0);
});

test('X-15: a token that comes later heals the channel, and its end leaves it', async () => {
  const requests = stubAuthorization();
  const { result } = showHook(usePrivate, { options: optionsOf({ getToken: () => null }) });
  await server((pusher) => pusher.open());
  act(() => result.current.connection?.setToken('fresh'));
  await pass(0);
  expect(requests.map(authorizationOf)).toEqual(['Bearer fresh']);
  expect(result.current).toMatchObject({ state: 'subscribed', error: null });
  act(() => result.current.connection?.setToken(null));
  await pass(0);
  expect(result.current.state).toBe('unauthenticated');
  expect(FakePusher.latest.serverChannels.has('private-user.1')).toBe(false);
});

test('X-15: an expired token is shown, tells onAuthError, and heals without a new component', async () => {
  const faults: string[] = [];
  stubAuthorization((request) => (authorizationOf(request) === 'Bearer fresh' ? 200 : 401));
  const options = optionsOf({
    getToken: () => 'expired',
    onAuthError: ({ channel, status }) => faults.push(`${channel} ${String(status)}`),
  });
  const { result } = showHook(usePrivate, { options });
  await server((pusher) => pusher.open());
  expect(result.current).toMatchObject({ state: 'unauthenticated', error: { status: 401 } });
  expect(faults).toEqual(['private-user.1 401']);
  act(() => result.current.connection?.setToken('fresh'));
  await pass(0);
  expect(result.current).toMatchObject({ state: 'subscribed', error: null });
});

test('a channel that is forbidden is shown as such', async () => {
  stubAuthorization(() => 403);
  const { result } = showHook(usePrivate, { options: optionsOf({ getToken: () => 'mine' }) });
  await server((pusher) => pusher.open());
  expect(result.current).toMatchObject({ state: 'forbidden', error: { status: 403 } });
});

test('without getToken cookies authenticate: the request has no Authorization', async () => {
  const requests = stubAuthorization();
  const Child = () => <p>{usePrivate().state}</p>;
  show(<Child />);
  await server((pusher) => pusher.open());
  expect(requests.map(authorizationOf)).toEqual([null]);
  expect(screen.getByRole('paragraph').textContent).toBe('subscribed');
});

test('a getToken that comes with a later render is asked', async () => {
  const requests = stubAuthorization();
  const Child = () => <p>{usePrivate().state}</p>;
  const ui = (options: Partial<ConnectionOptions>) => (
    <WebSocketProvider options={optionsOf(options)}>
      <Child />
    </WebSocketProvider>
  );
  const { rerender } = render(ui({}));
  rerender(ui({ getToken: () => 'T' }));
  await server((pusher) => pusher.open());
  expect(requests.map(authorizationOf)).toEqual(['Bearer T']);
});

test('an onAuthError that closes over state is the newest one', async () => {
  const told: number[] = [];
  stubAuthorization(() => 401);
  const Child = () => <p>{usePrivate().state}</p>;
  const ui = (version: number) => (
    <WebSocketProvider options={optionsOf({ onAuthError: () => told.push(version) })}>
      <Child />
    </WebSocketProvider>
  );
  const { rerender } = render(ui(1));
  rerender(ui(2));
  await server((pusher) => pusher.open());
  expect(told).toEqual([2]);
});
