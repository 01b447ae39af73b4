import { render, screen } from '@testing-library/react';
import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { useWebSocket, WebSocketProvider } from '../src/index.ts';
import { FakePusher, inProvider, optionsOf, pass, server } from './harness.tsx';

const Status = () => <p>{useWebSocket().status}</p>;

const status = () => screen.getByRole('paragraph').textContent;

test('a provider alone opens nothing', async () => {
  render(<p>no hooks</p>, { wrapper: inProvider() });
  await pass(1000);
  expect(FakePusher.instances).toHaveLength(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('a provider with options keeps its connection while no component needs it, and destroys it at the end', async () => {
  const Wrapper = inProvider();
  const { rerender, unmount } = render(
    <Wrapper>
      <Status />
    </Wrapper>,
  );
  await server((pusher) => pusher.open());
  rerender(<Wrapper>another page</Wrapper>);
  await pass(60_000);
  rerender(
    <Wrapper>
      <Status />
    </Wrapper>,
  );
  expect(status()).toBe('connected');
  unmount();
  expect(FakePusher.latest.connection.state).toBe('connected');
  await pass(0);
  expect(FakePusher.latest.connection.state).toBe('disconnected');
  expect(FakePusher.instances).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('new options objects do not make a new connection, a new key does', async () => {
  const ui = (key: string) => (
    <WebSocketProvider key={key} options={optionsOf()}>
      <Status />
    </WebSocketProvider>
  );
  const { rerender } = render(ui('a'));
  await server((pusher) => pusher.open());
  rerender(ui('a'));
  await pass(0);
  expect(FakePusher.instances).toHaveLength(1);
  rerender(ui('b'));
  await pass(0);
  expect(FakePusher.instances.map((pusher) => pusher.connection.state)).toEqual([
    'disconnected',
    'connecting',
  ]);
});

test('a given connection is used and never destroyed', async () => {
  const connection = createConnection(optionsOf());
  const destroy = vi.spyOn(connection, 'destroy');
  const { unmount } = render(
    <WebSocketProvider connection={connection}>
      <Status />
    </WebSocketProvider>,
  );
  await server((pusher) => pusher.open());
  expect(status()).toBe('connected');
  unmount();
  await pass(1000);
  expect(destroy).not.toHaveBeenCalled();
  expect(connection.getSnapshot().status).toBe('connected');
  connection.destroy();
});

test('another given connection is followed at once', async () => {
  const first = createConnection(optionsOf());
  const second = createConnection(optionsOf());
  const ui = (connection: typeof first) => (
    <WebSocketProvider connection={connection}>
      <Status />
    </WebSocketProvider>
  );
  const { rerender } = render(ui(first));
  await server((pusher) => pusher.open());
  expect(status()).toBe('connected');
  rerender(ui(second));
  expect(status()).toBe('connecting');
  first.destroy();
  second.destroy();
});
