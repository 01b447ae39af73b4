import { expect, test, vi } from 'vitest';
import { nextTick, reactive, ref } from 'vue';
import { createWebSocket, useChannels } from '../src/index.ts';
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

test('channels that join or leave the list do not disturb the others', async () => {
  const names = ref(['a', 'b', 'a']);
  const heard = vi.fn();
  const { result } = mountSetup(() => useChannels(names, '.Told', heard), createWebSocket(fakeOptions()));
  await open();
  expect(Object.keys(result.statuses.value)).toEqual(['a', 'b']);
  names.value = ['b', 'c'];
  await settled();
  await passMacrotask();
  expect(result.statuses.value).toEqual({
    b: { state: 'subscribed', error: null },
    c: { state: 'subscribed', error: null },
  });
  for (const name of ['a', 'b', 'c']) FakePusher.latest.emit(name, 'Told', name);
  expect(heard.mock.calls).toEqual([
    ['b', '.Told', 'b'],
    ['c', '.Told', 'c'],
  ]);
  const log = FakePusher.latest.log.filter((entry) => entry.includes('subscribe'));
  expect(log).toEqual(['subscribe a', 'subscribe b', 'subscribe c', 'unsubscribe a']);
});

test('a push to a reactive list is noticed', async () => {
  const names = reactive(['a']);
  mountSetup(() => useChannels(names, '.Told', vi.fn()), createWebSocket(fakeOptions()));
  await open();
  names.push('b');
  await nextTick();
  expect(FakePusher.latest.count('subscribe b')).toBe(1);
});

test('stop() leaves all of them', async () => {
  const { result } = mountSetup(
    () => useChannels(['a', 'b'], '.Told', vi.fn()),
    createWebSocket(fakeOptions()),
  );
  await open();
  result.stop();
  await passMacrotask();
  expect(FakePusher.latest.serverChannels.size).toBe(0);
  expect(result.statuses.value).toEqual({});
});
