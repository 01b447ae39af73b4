import { expect, test } from 'vitest';
import { nextTick, ref } from 'vue';
import { createWebSocket, usePresence } from '../src/index.ts';
import { stubAuthorization } from './authorization.ts';
import {
  FakePusher,
  fakeOptions,
  isolateTests,
  mountSetup,
  open,
  passMacrotask,
  settled,
} from './support.ts';

isolateTests();

test('members are state: who is here, who comes, who goes', async () => {
  stubAuthorization(() => ({ auth: 'key:x', channel_data: '{"user_id":"1","user_info":{"name":"Ayu"}}' }));
  const room = ref<string | null>('room');
  const { result } = mountSetup(() => usePresence(room), createWebSocket(fakeOptions()));
  expect(result.count.value).toBe(0);
  FakePusher.latest.here['presence-room'] = { 2: { name: 'Budi' } };
  await open();
  expect(result.state.value).toBe('subscribed');
  expect(result.me.value).toEqual({ id: '1', info: { name: 'Ayu' } });
  expect(result.count.value).toBe(2);
  FakePusher.latest.join('presence-room', '3', { name: 'Citra' });
  FakePusher.latest.leave('presence-room', '2');
  expect(result.members.value.map(({ id }) => id).sort()).toEqual(['1', '3']);

  room.value = null;
  await nextTick();
  await passMacrotask();
  expect(result.members.value).toEqual([]);
  expect(result.me.value).toBeNull();
  expect(FakePusher.latest.serverChannels.size).toBe(0);
});

test('after stop() nobody is a member', async () => {
  stubAuthorization(() => ({ auth: 'key:x', channel_data: '{"user_id":"1"}' }));
  const { result } = mountSetup(() => usePresence('room'), createWebSocket(fakeOptions()));
  await open();
  await settled();
  expect(result.count.value).toBe(1);
  result.stop();
  await passMacrotask();
  expect(result.count.value).toBe(0);
});
