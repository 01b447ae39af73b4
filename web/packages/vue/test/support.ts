import { mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { h, nextTick, reactive, type Component, type Plugin } from 'vue';
import type { Connection, ConnectionOptions } from '@gema/client';
import { FakePusher, settled } from '../../client/test/fake-pusher.ts';

export { FakePusher, settled };

const mounted = new Set<VueWrapper>();

/** Fake timers and a fake Pusher for each test. After it, no timer may be left. */
export function isolateTests(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    FakePusher.reset();
  });
  afterEach(() => {
    for (const wrapper of mounted) unmount(wrapper);
    const timers = vi.getTimerCount();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    expect(timers).toBe(0);
  });
}

/** Options of a connection without sockets, whose waits are not random. */
export function fakeOptions(options: Partial<ConnectionOptions> = {}): ConnectionOptions {
  return { key: 'key', host: 'gema.test', scheme: 'http', Pusher: FakePusher, random: () => 0, ...options };
}

/** Mounts an application of one component, which does nothing but call `setup`. */
export function mountSetup<Result>(setup: () => Result, ...plugins: Plugin[]) {
  const results: Result[] = [];
  const wrapper = mountComponent(() => {
    results.push(setup());
    return () => null;
  }, plugins);
  const [result] = results;
  if (result === undefined) throw new Error('setup() returned nothing');
  return { result, unmount: () => unmount(wrapper) };
}

/** Mounts one application with a component for each `setup`; `remove` unmounts one of them. */
export function mountTogether(setups: Record<string, () => unknown>, ...plugins: Plugin[]) {
  const shown = reactive(new Set(Object.keys(setups)));
  const components = Object.entries(setups).map(([name, setup]) => [name, componentOf(setup)] as const);
  const wrapper = mountComponent(
    () => () => components.filter(([name]) => shown.has(name)).map(([name, it]) => h(it, { key: name })),
    plugins,
  );
  return {
    remove: async (name: string) => {
      shown.delete(name);
      await nextTick();
    },
    unmount: () => unmount(wrapper),
  };
}

/** The server accepts the connection and what is subscribed to. */
export async function open(socketId?: string): Promise<void> {
  FakePusher.latest.open(socketId);
  await settled();
}

/** The connection breaks. */
export async function lose(): Promise<void> {
  FakePusher.latest.lose();
  await settled();
}

/** Without a code the attempt fails, with one the server closes. */
export async function refuse(code?: number): Promise<void> {
  FakePusher.latest.refuse(code);
  await settled();
}

/** Time passes. */
export async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

/** The time in which a channel without users is left. */
export async function passMacrotask(): Promise<void> {
  await pass(1);
}

/** Counts who listens to the snapshots of a connection. */
export function countSubscribers(connection: Connection): () => number {
  const subscribe = connection.subscribe.bind(connection);
  let count = 0;
  vi.spyOn(connection, 'subscribe').mockImplementation((fn) => {
    const unsubscribe = subscribe(fn);
    count += 1;
    return () => {
      count -= 1;
      unsubscribe();
    };
  });
  return () => count;
}

/** Shows nothing. */
function componentOf(setup: () => unknown): Component {
  return {
    setup: () => {
      setup();
      return () => null;
    },
  };
}

function mountComponent(setup: () => () => unknown, plugins: Plugin[]): VueWrapper {
  const wrapper = mount({ setup }, { global: { plugins } });
  mounted.add(wrapper);
  return wrapper;
}

function unmount(wrapper: VueWrapper): void {
  mounted.delete(wrapper);
  wrapper.unmount();
}
