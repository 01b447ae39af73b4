import { act, render, screen } from '@testing-library/react';
import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { configureWebSocket, useWebSocket } from '../src/index.ts';
import { FakePusher, optionsOf, pass, server } from './harness.tsx';

const Status = () => <p>{useWebSocket().socketId}</p>;

const socketId = () => screen.getByRole('paragraph').textContent;

test('outside of a provider all components share the configured connection, which ends with the last', async () => {
  configureWebSocket(optionsOf());
  expect(FakePusher.instances).toHaveLength(0);
  const first = render(<Status />);
  const second = render(<Status />);
  await server((pusher) => pusher.open());
  expect(FakePusher.instances).toHaveLength(1);
  first.unmount();
  await pass(0);
  expect(FakePusher.latest.connection.state).toBe('connected');
  second.unmount();
  await pass(0);
  expect(FakePusher.latest.connection.state).toBe('disconnected');
  expect(vi.getTimerCount()).toBe(0);
});

test('a component that comes back has a new connection', async () => {
  configureWebSocket(optionsOf());
  render(<Status />).unmount();
  await pass(0);
  render(<Status />);
  await server((pusher) => pusher.open('2.2'));
  expect(FakePusher.instances).toHaveLength(2);
  expect(socketId()).toBe('2.2');
});

test('a configured connection is used and not destroyed', async () => {
  const connection = createConnection(optionsOf());
  configureWebSocket(connection);
  const { unmount } = render(<Status />);
  await server((pusher) => pusher.open('3.3'));
  expect(socketId()).toBe('3.3');
  unmount();
  await pass(1000);
  expect(connection.getSnapshot().connected).toBe(true);
  connection.destroy();
});

test('configured again, mounted components move over and the old connection is destroyed', async () => {
  configureWebSocket(optionsOf({ key: 'old' }));
  render(<Status />);
  await server((pusher) => pusher.open('1.1'));
  act(() => configureWebSocket(optionsOf({ key: 'new' })));
  await pass(0);
  await server((pusher) => pusher.open('2.2'));
  expect(socketId()).toBe('2.2');
  expect(FakePusher.instances.map(({ key, connection }) => [key, connection.state])).toEqual([
    ['old', 'disconnected'],
    ['new', 'connected'],
  ]);
});
