import { useChannelEvent, useWebSocket, useWebSocketWithReconnect, WebSocketProvider } from '@gema/react';
import { StrictMode, useState, type ReactElement } from 'react';
import { createRoot } from 'react-dom/client';
import { connectionOptions, policy } from './policy.ts';

function Connection(): ReactElement {
  const { connected, status, attempt, nextRetryIn, gaveUp, retry } = useWebSocketWithReconnect(policy);
  return (
    <>
      <output id="state">{JSON.stringify({ connected, status, attempt, nextRetryIn, gaveUp })}</output>
      <button onClick={retry}>Try again</button>
    </>
  );
}

function Listener(): ReactElement {
  const { echo } = useWebSocket();
  const [heard, setHeard] = useState(0);
  useChannelEvent('availability', '.AvailabilityUpdated', () => setHeard(heard + 1));
  return <output className="heard">{echo === null ? 'none' : heard}</output>;
}

const root = createRoot(document.querySelector('#app') as HTMLElement);
root.render(
  <StrictMode>
    <WebSocketProvider options={await connectionOptions()}>
      <Connection />
      <Listener />
      <Listener />
      <Listener />
    </WebSocketProvider>
  </StrictMode>,
);
document.querySelector('#unmount')?.addEventListener('click', () => root.unmount());
