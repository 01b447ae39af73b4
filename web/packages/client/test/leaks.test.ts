/** Whatever happens, in whatever order: after `destroy` no timer and no socket is left. */
import { expect, test, vi } from 'vitest';
import type { ChannelHandle, Connection } from '../src/index.ts';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectionWith, stubEndpoint, withFakes } from './support.ts';

withFakes();

const RUNS = 300;
const STEPS = 40;
const STATUSES = ['idle', 'connecting', 'connected', 'reconnecting', 'offline', 'failed', 'disconnected'];

/** A small generator of pseudorandom numbers: a run that fails can be repeated by its seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

interface World {
  connection: Connection;
  handles: ChannelHandle[];
  random: () => number;
}

function pick<T>(random: () => number, options: readonly T[]): T {
  return options[Math.floor(random() * options.length)] as T;
}

/** What only makes sense in some states of Pusher. */
function withPusher(act: (pusher: FakePusher) => void, when: 'connecting' | 'open'): () => void {
  return () => {
    const pusher = FakePusher.instances.at(-1);
    const { transport, isOpen } = pusher?.connection ?? { transport: null, isOpen: false };
    if (pusher && transport !== null && isOpen === (when === 'open')) act(pusher);
  };
}

function stepsOf({ connection, handles, random }: World): (() => unknown)[] {
  const code = () =>
    pick(random, [1000, 1001, 1002, 1006, 1011, 4000, 4001, 4004, 4009, 4100, 4200, 4201, 4301]);
  const channel = () => pick(random, ['news', 'private-a', 'presence-room']);
  return [
    () => connection.connect(),
    () => connection.retry(),
    () => connection.disconnect(),
    () => handles.push(connection.acquire(channel())),
    () => handles.push(connection.acquire(channel())),
    () => handles.splice(Math.floor(random() * handles.length), 1)[0]?.release(),
    () => connection.setToken(pick(random, ['T', null])),
    () => connection.reauthorize(),
    () => window.dispatchEvent(new Event(pick(random, ['online', 'offline', 'online']))),
    () => document.dispatchEvent(new Event('visibilitychange')),
    () => connection.echo?.disconnect(),
    () => connection.echo?.connector.pusher.connect(),
    withPusher((pusher) => pusher.open(), 'connecting'),
    withPusher((pusher) => pusher.open(), 'connecting'),
    withPusher((pusher) => pusher.refuse(), 'connecting'),
    withPusher((pusher) => pusher.refuse(code()), 'connecting'),
    withPusher((pusher) => pusher.lose(code()), 'open'),
    withPusher((pusher) => pusher.connection.failPong(), 'open'),
    withPusher((pusher) => pusher.emit(channel(), 'Told', 1), 'open'),
    () => settled(),
    () => vi.advanceTimersByTimeAsync(random() * 2000),
    () => vi.advanceTimersByTimeAsync(random() * 40_000),
  ];
}

function check({ connection }: World): void {
  const { status, connected, socketId, nextRetryAt } = connection.getSnapshot();
  expect(STATUSES).toContain(status);
  expect(connected).toBe(status === 'connected');
  expect(socketId !== null).toBe(connected);
  if (nextRetryAt !== null) expect(status).toBe('reconnecting');
  expect(FakePusher.instances.length).toBeLessThanOrEqual(1);
}

test.each(Array.from({ length: RUNS }, (_, seed) => seed))('run %i', async (seed) => {
  const random = generator(seed);
  stubEndpoint(() =>
    pick(random, [{ status: 200, body: { auth: 'x' } }, { status: 403 }, { status: 500 }, new Error('x')]),
  );
  const reconnect = seed % 2 === 0 ? {} : { maxAttempts: 3 };
  const connection = connectionWith({
    random,
    getToken: () => 'T',
    batchAuthorization: seed % 3 === 0,
    reconnect,
  });
  const world: World = { connection, handles: [], random };
  if (seed % 5 === 0)
    connection.subscribe(() => pick(random, [() => undefined, connection.retry, connection.disconnect])());
  for (let step = 0; step < STEPS; step += 1) {
    await pick(random, stepsOf(world))();
    check(world);
  }
  connection.destroy();
  await settled();
  expect(vi.getTimerCount()).toBe(0);
  const attempts = FakePusher.instances[0]?.count('attempt') ?? 0;
  for (const handle of world.handles) handle.release();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(FakePusher.instances[0]?.count('attempt') ?? 0).toBe(attempts);
  expect(connection.getSnapshot().status).toBe('disconnected');
});
