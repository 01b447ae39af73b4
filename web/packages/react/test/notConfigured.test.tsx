import { renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { useChannelEvent, useWebSocket } from '../src/index.ts';

test.each([
  ['useWebSocket', () => useWebSocket()],
  ['useChannelEvent', () => useChannelEvent('news', 'Told', () => undefined)],
])('%s without a provider and a configured connection says what to do', (_name, hook: () => unknown) => {
  vi.spyOn(console, 'error').mockReturnValue();
  expect(() => renderHook(hook)).toThrow(
    'Put the component inside <WebSocketProvider options={…}>, or call configureWebSocket(options)',
  );
});
