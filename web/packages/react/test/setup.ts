import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';
import { FakePusher } from '../../client/test/fake-pusher.ts';

// StrictMode mounts twice only where it is the root, which a wrapper is not.
configure({ reactStrictMode: true });

beforeEach(() => {
  vi.useFakeTimers();
  FakePusher.reset();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
