import { expect, test, vi } from 'vitest';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectionWith, stubEndpoint, stubGrants, withFakes } from './support.ts';

withFakes();

const ayu = { id: '1', info: { name: 'Ayu' } };
const sari = { id: '7', info: { name: 'Sari' } };

async function room() {
  stubGrants();
  const connection = connectionWith();
  const handle = connection.acquire('room', 'presence');
  FakePusher.latest.here['presence-room'] = { 7: sari.info };
  FakePusher.latest.open();
  await settled();
  return handle;
}

test('a presence channel knows its members, and me', async () => {
  const handle = await room();
  expect(handle.getSnapshot()).toEqual({ state: 'subscribed', error: null, members: [ayu, sari], me: ayu });
});

test('members come and go, each time in a new snapshot', async () => {
  const handle = await room();
  const changed = vi.fn();
  handle.subscribe(changed);
  const before = handle.getSnapshot();
  FakePusher.latest.join('presence-room', '9', { name: 'Budi' });
  expect(handle.getSnapshot().members.map(({ id }) => id)).toEqual(['1', '7', '9']);
  expect(before.members).toHaveLength(2);
  FakePusher.latest.leave('presence-room', '7');
  expect(handle.getSnapshot().members.map(({ id }) => id)).toEqual(['1', '9']);
  expect(handle.getSnapshot().me).toEqual(ayu);
  expect(changed).toHaveBeenCalledTimes(2);
});

test('nobody is known there while the connection is lost', async () => {
  const handle = await room();
  FakePusher.latest.lose();
  expect(handle.getSnapshot()).toMatchObject({ state: 'idle', members: [], me: null });
  await vi.advanceTimersByTimeAsync(1000);
  FakePusher.latest.open();
  await settled();
  expect(handle.getSnapshot().members).toEqual([ayu, sari]);
});

test('an endpoint may identify members by numbers', async () => {
  stubEndpoint(() => ({ status: 200, body: { auth: 'x', channel_data: '{"user_id":1,"user_info":null}' } }));
  const handle = connectionWith().acquire('room', 'presence');
  FakePusher.latest.open();
  await settled();
  expect(handle.getSnapshot()).toMatchObject({
    members: [{ id: '1', info: null }],
    me: { id: '1', info: null },
  });
});
