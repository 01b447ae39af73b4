import { cleanup } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';
import { FakePusher } from '../../client/test/fake-pusher.ts';

beforeEach(() => {
  vi.useFakeTimers();
  FakePusher.reset();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
