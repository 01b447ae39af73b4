import { useState } from 'react';
import { act, render, screen } from '@testing-library/react';
import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { useChannelEvent, WebSocketProvider } from '../src/index.ts';
import {
  FakePusher,
  inProvider,
  optionsOf,
  pass,
  server,
  show,
  showHook,
  stubAuthorization,
  wire,
} from './harness.tsx';

interface Props {
  channel?: string | null;
  event?: string | string[];
  visibility?: 'public' | 'private';
  handler?: (payload: unknown) => void;
}

/** A component that listens; a new handler at each render. */
function Listener({ channel = 'news', event = 'Told', visibility = 'public', handler }: Props) {
  const { state, error } = useChannelEvent(channel, event, (payload) => handler?.(payload), { visibility });
  return (
    <p>
      {state} {error?.status}
    </p>
  );
}

test('hears events of a public channel while mounted', async () => {
  const handler = vi.fn();
  const { unmount } = showHook(() => useChannelEvent('news', 'Told', handler));
  await server((pusher) => pusher.open());
  await server((pusher) => pusher.emit('news', 'Told', { text: 'hello' }));
  expect(handler).toHaveBeenCalledExactlyOnceWith({ text: 'hello' }, 'Told', 'news');
  unmount();
  await pass(0);
  expect(FakePusher.latest.channel('news')).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test('M1: a new handler at each render never subscribes again, nor authorizes', async () => {
  const requests = stubAuthorization();
  const connection = createConnection(optionsOf());
  const acquire = vi.spyOn(connection, 'acquire');
  const ui = (handler: () => void) => (
    <WebSocketProvider connection={connection}>
      <Listener channel="user.1" visibility="private" handler={handler} />
    </WebSocketProvider>
  );
  const { rerender } = render(ui(vi.fn()));
  await server((pusher) => pusher.open());
  const acquired = acquire.mock.calls.length;
  for (let change = 1; change <= 3; change += 1) {
    rerender(ui(vi.fn()));
    await pass(1000);
  }
  expect(acquire).toHaveBeenCalledTimes(acquired);
  expect(FakePusher.latest.count('subscribe private-user.1')).toBe(1);
  expect(FakePusher.latest.count('unsubscribe private-user.1')).toBe(0);
  expect(requests).toHaveLength(1);
  connection.destroy();
});

test('M1: an event heard right after a render is not missed', async () => {
  const handler = vi.fn();
  const Wrapper = inProvider();
  const ui = (event: string | string[]) => (
    <Wrapper>
      <Listener event={event} handler={handler} />
    </Wrapper>
  );
  const { rerender } = render(ui(['Told']));
  await server((pusher) => pusher.open());
  rerender(ui(['Told']));
  expect(FakePusher.latest.emit('news', 'Told', 1)).toBe(true);
  rerender(ui(['Told', 'Asked']));
  expect(FakePusher.latest.emit('news', 'Told', 2)).toBe(true);
  expect(FakePusher.latest.emit('news', 'Asked', 3)).toBe(true);
  expect(handler.mock.calls).toEqual([[1], [2], [3]]);
  expect(wire()).toEqual(['subscribe news']);
});

test('M2: the handler that is called sees the newest state', async () => {
  const seen: number[] = [];
  const Counter = () => {
    const [count, setCount] = useState(0);
    useChannelEvent('news', 'Told', () => seen.push(count));
    return <button onClick={() => setCount(count + 1)}>{count}</button>;
  };
  show(<Counter />);
  await server((pusher) => pusher.open());
  act(() => screen.getByRole('button').click());
  act(() => screen.getByRole('button').click());
  await server((pusher) => pusher.emit('news', 'Told'));
  expect(seen).toEqual([2]);
});

test('M6: who leaves twice takes the channel from nobody else', async () => {
  const heardByB = vi.fn();
  const Wrapper = inProvider();
  const ui = (a: Props | null, b: boolean) => (
    <Wrapper>
      {a && <Listener key="a" {...a} />}
      {b && <Listener key="b" handler={heardByB} />}
    </Wrapper>
  );
  const { rerender } = render(ui({}, true));
  await server((pusher) => pusher.open());
  rerender(ui({ channel: null }, true));
  rerender(ui(null, true));
  await pass(1000);
  await server((pusher) => pusher.emit('news', 'Told', 'still here'));
  expect(heardByB).toHaveBeenCalledExactlyOnceWith('still here');
  rerender(ui(null, false));
  await pass(0);
  expect(wire()).toEqual(['subscribe news', 'unsubscribe news']);
});

test('M7, X-22: under StrictMode one subscription and one call', async () => {
  const handler = vi.fn();
  show(<Listener handler={handler} />);
  await server((pusher) => pusher.open());
  await pass(1000);
  await server((pusher) => pusher.emit('news', 'Told', 1));
  expect(handler).toHaveBeenCalledOnce();
  expect(wire()).toEqual(['subscribe news']);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  expect(FakePusher.latest.count('disconnect')).toBe(0);
});

test('X-21: three components are one subscription, and each hears', async () => {
  const handler = vi.fn();
  show(
    <>
      <Listener handler={handler} />
      <Listener handler={handler} />
      <Listener handler={handler} />
    </>,
  );
  await server((pusher) => pusher.open());
  await server((pusher) => pusher.emit('news', 'Told', 1));
  expect(wire()).toEqual(['subscribe news']);
  expect(handler).toHaveBeenCalledTimes(3);
});

test('another channel leaves the old one and hears the new one', async () => {
  const handler = vi.fn();
  const { rerender } = showHook((channel: string) => useChannelEvent(channel, 'Told', handler), {
    initialProps: 'news',
  });
  await server((pusher) => pusher.open());
  rerender('sports');
  await pass(0);
  await server((pusher) => {
    expect(pusher.emit('news', 'Told')).toBe(false);
    pusher.emit('sports', 'Told', 1);
  });
  expect(handler).toHaveBeenCalledExactlyOnceWith(1, 'Told', 'sports');
  expect(wire()).toEqual(['subscribe news', 'subscribe sports', 'unsubscribe news']);
});

test('null subscribes to nothing and does not connect', async () => {
  const { result } = showHook(() => useChannelEvent(null, 'Told', vi.fn()));
  await pass(1000);
  expect(result.current).toEqual({ state: 'idle', error: null });
  expect(FakePusher.instances).toHaveLength(0);
});

test('a handler that unmounts its component is the last that is called', async () => {
  const handler = vi.fn();
  const App = () => {
    const [shown, setShown] = useState(true);
    return shown ? (
      <Listener
        handler={(payload) => {
          handler(payload);
          setShown(false);
        }}
      />
    ) : null;
  };
  show(<App />);
  await server((pusher) => pusher.open());
  await server((pusher) => pusher.emit('news', 'Told', 1));
  await server((pusher) => pusher.emit('news', 'Told', 2));
  expect(handler).toHaveBeenCalledExactlyOnceWith(1);
});

test('the status follows the subscription', async () => {
  const statuses: unknown[] = [];
  const { result } = showHook(() => useChannelEvent('news', 'Told', vi.fn()));
  statuses.push(result.current.state);
  await server((pusher) => {
    pusher.confirms = false;
    pusher.open();
  });
  statuses.push(result.current.state);
  await server((pusher) => pusher.confirm('news'));
  statuses.push(result.current.state);
  expect(statuses).toEqual(['idle', 'subscribing', 'subscribed']);
});

test('members of a presence channel who come and go do not render a component that only listens', async () => {
  stubAuthorization();
  let renders = 0;
  showHook(() => {
    renders += 1;
    return useChannelEvent('room', 'Told', vi.fn(), { visibility: 'presence' });
  });
  await server((pusher) => pusher.open());
  const quiet = renders;
  await server((pusher) => pusher.join('presence-room', '2'));
  expect(renders).toBe(quiet);
});

test('tells of each confirmation of the channel, the newest function, until it is unmounted', async () => {
  const told: string[] = [];
  const { rerender, unmount } = showHook(
    (version: number) =>
      useChannelEvent('news', 'Told', vi.fn(), {
        onSubscribed: (channel) => told.push(`${channel} ${version}`),
      }),
    { initialProps: 1 },
  );
  await server((pusher) => pusher.open());
  expect(told).toEqual(['news 1']);
  rerender(2);
  await server((pusher) => pusher.lose());
  await pass(1000);
  expect(told).toEqual(['news 1']);
  await server((pusher) => pusher.open());
  expect(told).toEqual(['news 1', 'news 2']);
  unmount();
  await pass(0);
  expect(told).toHaveLength(2);
});
