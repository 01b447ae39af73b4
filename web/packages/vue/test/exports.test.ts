import { expect, test } from 'vitest';
import * as gema from '../src/index.ts';
import useWebSocketDefault, { useWebSocket } from '../src/useWebSocket.ts';
import useWebSocketWithReconnectDefault, {
  useWebSocketWithReconnect,
} from '../src/useWebSocketWithReconnect.ts';

test('X-19: the hooks of the guide are there by name and by default', async () => {
  expect(useWebSocketDefault).toBe(useWebSocket);
  expect(useWebSocketWithReconnectDefault).toBe(useWebSocketWithReconnect);
  expect(gema.useWebSocket).toBe(useWebSocket);
  expect(gema.useWebSocketWithReconnect).toBe(useWebSocketWithReconnect);
  expect((await import('@gema/vue/useWebSocket')).default).toBe(useWebSocket);
  expect((await import('@gema/vue/useWebSocketWithReconnect')).default).toBe(useWebSocketWithReconnect);
});
