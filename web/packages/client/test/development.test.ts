import { beforeEach, expect, test, vi } from 'vitest';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectedWith, withFakes } from './support.ts';

withFakes();

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

async function hears(listened: string, ...events: string[]): Promise<void> {
  const handle = connectedWith().acquire('news');
  handle.on(listened, vi.fn());
  await settled();
  for (const event of events) FakePusher.latest.emit('news', event, {});
}

test('an event that is missed by a dot is told, once (X-37)', async () => {
  await hears('App.Events.Told', 'Told', 'Told');
  expect(console.warn).toHaveBeenCalledExactlyOnceWith(
    'received `Told`, nobody listens; did you mean `.Told`?',
  );
});

test('so is one whose listener has the wrong case', async () => {
  await hears('.seatTaken', 'SeatTaken');
  expect(console.warn).toHaveBeenCalledOnce();
});

test('an event that is heard, or that nobody waits for, is not told', async () => {
  await hears('.Heard', 'Heard', 'Other', 'pusher:subscription_count');
  expect(console.warn).not.toHaveBeenCalled();
});
