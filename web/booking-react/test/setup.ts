import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';
import { FakePusher } from '../../packages/client/test/fake-pusher.ts';

// A machine with much else to do is slow.
configure({ asyncUtilTimeout: 15_000 });

// The real Echo and the real @gema packages, over a Pusher without sockets.
vi.mock('pusher-js', () => ({ default: FakePusher }));

// What jsdom does not know of dialogs and popovers. Escape is the `cancel` event, which tests dispatch.
HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
  openers.set(this, document.activeElement);
  this.open = true;
};
HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
  this.open = false;
  const opener = openers.get(this);
  if (opener instanceof HTMLElement) opener.focus();
};
HTMLElement.prototype.hidePopover = () => undefined;
const openers = new WeakMap<HTMLDialogElement, Element | null>();

beforeEach(() => {
  // Time goes on by itself, and can be set forward. It is five o'clock wherever this runs, as the sessions are there.
  vi.useFakeTimers({ shouldAdvanceTime: true, now: new Date(2026, 10, 23, 5) });
  FakePusher.reset();
  localStorage.clear();
  history.replaceState(null, '', '/');
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
