import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { act } from '@testing-library/react';
import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { useWebSocket, WebSocketProvider } from '../src/index.ts';
import { FakePusher, optionsOf, pass, server } from './harness.tsx';

const Status = () => <p>{useWebSocket().status}</p>;

test('M5: a page from the server is hydrated as idle, then connects', async () => {
  const complaints = vi.spyOn(console, 'error').mockReturnValue();
  const ui = (
    <WebSocketProvider options={optionsOf()}>
      <Status />
    </WebSocketProvider>
  );
  const container = document.createElement('div');
  container.innerHTML = renderToString(ui);
  expect(container.textContent).toBe('idle');
  const root = await act(() => Promise.resolve(hydrateRoot(container, ui)));
  expect(container.textContent).toBe('connecting');
  await server((pusher) => pusher.open());
  expect(container.textContent).toBe('connected');
  expect(complaints).not.toHaveBeenCalled();
  act(() => root.unmount());
  await pass(0);
  expect(FakePusher.latest.connection.state).toBe('disconnected');
});

test('M5: a server render is idle, whatever the state of a given connection', () => {
  const connection = createConnection(optionsOf());
  connection.connect();
  FakePusher.latest.open();
  const Values = () => {
    const { status, socketId, echo, connection: seen } = useWebSocket();
    return <p>{[status, socketId, echo, seen].map(String).join(' ')}</p>;
  };
  const html = renderToString(
    <WebSocketProvider connection={connection}>
      <Values />
    </WebSocketProvider>,
  );
  expect(html).toBe('<p>idle null null null</p>');
  connection.destroy();
});
