import { createFormatters } from '@gema/booking';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { FakePusher } from '../../packages/client/test/fake-pusher.ts';
import useWebSocketDefault, { useWebSocket } from '../src/hooks/useWebSocket.ts';
import useReconnectDefault, { useWebSocketWithReconnect } from '../src/hooks/useWebSocketWithReconnect.ts';
import { handleWebSocketError } from '../src/utils/websocketErrorHandler.ts';
import { bookingWithSession, page } from './fixtures.ts';
import { during, openApp, pass, SITI, studioServer } from './harness.tsx';
import { data } from './server.ts';

function banner(): HTMLElement | null {
  return document.querySelector('.connection-banner');
}

describe('the guide’s modules', () => {
  it('are exported by name and as default (X-19)', () => {
    expect(useWebSocketDefault).toBe(useWebSocket);
    expect(useReconnectDefault).toBe(useWebSocketWithReconnect);
    expect(handleWebSocketError).toBeTypeOf('function');
  });
});

describe('the connection', () => {
  it('is one, whoever uses it, and says nothing while all is well (X-21)', async () => {
    await openApp(studioServer());
    await screen.findByText('Capacity: 6/12');
    expect(FakePusher.instances).toHaveLength(1);
    expect(FakePusher.latest.count('attempt')).toBe(1);
    expect(banner()).toBeNull();
    expect(FakePusher.latest.options['channelAuthorization']).toBeDefined();
  });

  it('counts down to the next try, and tries at once when asked', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { pusher, visitor } = await openApp(studioServer());
    await screen.findByText('Capacity: 6/12');
    await during(() => void pusher.lose());
    expect(banner()).toHaveTextContent('Trying again in 1 second · Attempt 1');
    await pass(1000);
    await during(() => void pusher.refuse());
    expect(banner()).toHaveTextContent('Trying again in 2 seconds · Attempt 2');
    await pass(1000);
    expect(banner()).toHaveTextContent('Trying again in 1 second · Attempt 2');
    const attempts = pusher.count('attempt');
    await visitor.click(screen.getByRole('button', { name: 'Try now' }));
    expect(pusher.count('attempt')).toBe(attempts + 1);
    await during(() => void pusher.open());
    expect(banner()).toBeNull();
  });

  it('says why it has failed for good, and lets one try again', async () => {
    const { pusher, visitor, view } = await openApp(studioServer(), { connected: false });
    await during(() => void pusher.refuse(4001, 'Application does not exist'));
    expect(banner()).toHaveTextContent('Cannot connect. ');
    expect(view.container.querySelector('.connection-status')).toHaveAttribute('data-status', 'failed');
    const attempts = pusher.count('attempt');
    await visitor.click(within(banner() ?? document.body).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(pusher.count('attempt')).toBe(attempts + 1));
  });

  it('says that the device is offline', async () => {
    const { pusher } = await openApp(studioServer());
    await screen.findByText('Capacity: 6/12');
    const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    await during(() => {
      dispatchEvent(new Event('offline'));
      pusher.lose();
    });
    expect(banner()).toHaveTextContent('You are offline');
    expect(within(banner() ?? document.body).queryByRole('button')).toBeNull();
    online.mockReturnValue(true);
    await during(() => void dispatchEvent(new Event('online')));
    expect(banner()).not.toHaveTextContent('offline');
  });

  it('tells of loss and recovery in the words of the guide (S-ER-1)', async () => {
    vi.spyOn(console, 'info').mockReturnValue(undefined);
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { pusher } = await openApp(studioServer());
    await screen.findByText('Capacity: 6/12');
    const notices = screen.getByRole('status', { name: 'Notices' });
    await during(() => void pusher.error(4100, 'Over capacity'));
    expect(within(notices).getByText('Connection error. Attempting to reconnect...')).toBeVisible();
    await during(() => void pusher.lose());
    expect(within(notices).getByText('Disconnected from server')).toBeVisible();
    await during(() => {
      pusher.connection.connect();
      pusher.open();
    });
    expect(within(notices).getByText('Reconnected to server')).toBeVisible();
    await pass(5100);
    expect(notices).toBeEmptyDOMElement();
  });

  it('says on every view since when there is no news', async () => {
    const stage = await openApp(
      studioServer().on('GET /api/v1/bookings', data({ bookings: [bookingWithSession()] }, page())),
      { user: SITI },
    );
    await screen.findByText('Capacity: 6/12');
    await pass(60_000);
    const lost = createFormatters('en').time(new Date());
    const text = `This may have changed: no word from the server since ${lost}.`;
    await during(() => void stage.pusher.lose());
    await pass(120_000);
    expect(screen.getByText(text)).toBeVisible();
    await stage.visitor.click(screen.getByRole('link', { name: 'My bookings' }));
    await screen.findByRole('heading', { level: 1, name: 'My bookings' });
    expect(await screen.findByText(text)).toBeVisible();
    await stage.visitor.click(await screen.findByRole('button', { name: /^Pay for booking/ }));
    expect(within(screen.getByRole('dialog')).getByText(text)).toBeVisible();
  });

  it('tells of it in Indonesian', async () => {
    vi.spyOn(console, 'info').mockReturnValue(undefined);
    const { pusher, view } = await openApp(studioServer(), { locale: 'id' });
    await screen.findByText('Kapasitas: 6/12');
    await during(() => void pusher.lose());
    expect(screen.getByText('Terputus dari server')).toBeVisible();
    expect(view.container.querySelector('.connection-status')).toHaveTextContent(/^Status: Terputus$/);
    expect(screen.getByRole('button', { name: 'Coba sekarang' })).toBeVisible();
  });

  it('keeps a notice under the pointer, and dismisses it when asked', async () => {
    vi.spyOn(console, 'info').mockReturnValue(undefined);
    const { pusher, visitor } = await openApp(studioServer());
    await screen.findByText('Capacity: 6/12');
    await during(() => void pusher.lose());
    const notice = screen.getByText('Disconnected from server');
    await visitor.hover(notice);
    await pass(20_000);
    expect(notice).toBeVisible();
    await visitor.click(screen.getByRole('button', { name: 'Dismiss notification' }));
    expect(screen.queryByText('Disconnected from server')).toBeNull();
  });
});
