import { expect, test, vi } from 'vitest';
import { createWebSocket, useChannelEvent, useWebSocket } from '../src/index.ts';
import { stubAuthorization } from './authorization.ts';
import {
  FakePusher,
  fakeOptions,
  isolateTests,
  lose,
  mountSetup,
  open,
  pass,
  passMacrotask,
  settled,
} from './support.ts';

isolateTests();

const grant = { auth: 'key:signature' };

function mountUser(getToken: () => string | null, onAuthError = vi.fn()) {
  const heard = vi.fn();
  const { result } = mountSetup(
    () => ({
      ...useWebSocket(),
      ...useChannelEvent('user.7', '.Told', heard, { visibility: 'private' }),
    }),
    createWebSocket(fakeOptions({ getToken, onAuthError })),
  );
  return { ...result, heard, onAuthError };
}

test('X-13: the token is read at each authorization', async () => {
  const requests = stubAuthorization(() => grant);
  const getToken = vi.fn(() => 'first');
  const { state } = mountUser(getToken);
  expect(getToken).not.toHaveBeenCalled();
  await open();
  expect(state.value).toBe('subscribed');
  getToken.mockReturnValue('second');
  await lose();
  await pass(1000);
  await open();
  expect(state.value).toBe('subscribed');
  expect(requests.map(({ authorization }) => authorization)).toEqual(['Bearer first', 'Bearer second']);
});

test('X-14: without a token nothing is sent, and the channel is unauthenticated', async () => {
  const requests = stubAuthorization(() => grant);
  const { state } = mountUser(() => null);
  await open();
  expect(state.value).toBe('unauthenticated');
  expect(requests).toEqual([]);
});

test('M15, X-15: an expired token is told, a new one heals the living connection', async () => {
  const requests = stubAuthorization(({ authorization }) => (authorization === 'Bearer new' ? grant : 401));
  const { state, error, connection, heard, onAuthError } = mountUser(() => 'old');
  await open();
  expect(state.value).toBe('unauthenticated');
  expect(error.value).not.toBeNull();
  expect(onAuthError).toHaveBeenCalledTimes(1);
  connection.setToken('new');
  await settled();
  expect(state.value).toBe('subscribed');
  expect(requests).toHaveLength(2);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  FakePusher.latest.emit('private-user.7', 'Told', 1);
  expect(heard).toHaveBeenCalledTimes(1);
});

test('X-15: a log-out leaves the private channels', async () => {
  stubAuthorization(() => grant);
  const { state, connection, heard } = mountUser(() => 'token');
  await open();
  connection.setToken(null);
  await passMacrotask();
  await settled();
  expect(state.value).toBe('unauthenticated');
  expect(FakePusher.latest.emit('private-user.7', 'Told', 1)).toBe(false);
  expect(heard).not.toHaveBeenCalled();
});

test('M15: a forbidden channel is forbidden', async () => {
  stubAuthorization(() => 403);
  const { state } = mountUser(() => 'token');
  await open();
  expect(state.value).toBe('forbidden');
});
