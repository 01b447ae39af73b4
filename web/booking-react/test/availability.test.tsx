import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, test } from 'vitest';
import { settled } from '../../packages/client/test/fake-pusher.ts';
import { RealTimeAvailability } from '../src/components/RealTimeAvailability.tsx';
import DefaultAvailability from '../src/components/RealTimeAvailability.tsx';
import { availabilityUpdated, capacityUpdated, places, session, TODAY, TOMORROW } from './fixtures.ts';
import { during, openPart, pass, studioServer, type Beginning, type Stage } from './harness.tsx';
import { data, refusal, type FakeServer } from './server.ts';

function open(server: FakeServer = studioServer(), beginning: Beginning = {}): Promise<Stage> {
  return openPart(<RealTimeAvailability />, server, beginning);
}

/** The card of a session, once its places are known. */
async function card(name = 'Yoga Pagi'): Promise<HTMLElement> {
  const found = await screen.findByRole('article', { name });
  await waitFor(() => expect(found).toHaveAttribute('aria-busy', 'false'));
  return found;
}

function indicator(of: HTMLElement): Element | null {
  return of.querySelector('.status-indicator');
}

/** A server whose one session has so many places taken today. */
function serverWith(current: number, max: number): FakeServer {
  return studioServer().on('GET /api/v1/availability', data({ availability: [places(current, max)] }));
}

describe('what is shown', () => {
  it('says what the guide says, word by word, in its elements (S-RE-8, S-RE-9)', async () => {
    const { view } = await open(serverWith(9, 12));
    const shown = await card();
    expect(screen.getByRole('heading', { level: 2 })).toHaveTextContent(/^Real-time Session Availability$/);
    expect(view.container.querySelector('.connection-status')).toHaveTextContent(/^Status: Connected$/);
    expect(view.container.querySelector('.sessions-grid > .session-card')).toBe(shown);
    expect(shown).toHaveAttribute('data-session-id', '1');
    expect(within(shown).getByRole('heading', { level: 3 })).toHaveTextContent(/^Yoga Pagi$/);
    expect(within(shown).getByText('Time: 07:00 - 08:00')).toBeVisible();
    expect(shown.querySelector('.availability-info')).toContainElement(
      within(shown).getByText('Capacity: 9/12'),
    );
    expect(indicator(shown)).toHaveTextContent(/^ALMOST FULL$/);
  });

  it('says "Loading availability..." until the places are known', async () => {
    let answer: (response: Response) => void = () => undefined;
    const server = studioServer().on(
      'GET /api/v1/availability',
      () => new Promise<Response>((resolve) => (answer = resolve)),
    );
    await open(server);
    const shown = await screen.findByRole('article', { name: 'Yoga Pagi' });
    expect(within(shown).getByText('Loading availability...')).toBeVisible();
    expect(indicator(shown)).toBeNull();
    await during(() => answer(data({ availability: [places(6, 12)] })));
    expect(within(await card()).getByText('Capacity: 6/12')).toBeVisible();
  });

  test.each([
    [699, 1000, 'available', 'AVAILABLE'],
    [700, 1000, 'almost-full', 'ALMOST FULL'],
    [899, 1000, 'almost-full', 'ALMOST FULL'],
    [900, 1000, 'full', 'FULL'],
    [0, 0, 'full', 'FULL'],
    [13, 12, 'full', 'FULL'],
  ])('%i of %i taken is %s (S-RE-6, S-RE-7, X-47)', async (current, max, status, word) => {
    await open(serverWith(current, max));
    const box = indicator(await card());
    expect(box).toHaveAttribute('data-status', status);
    expect(box).toHaveClass(`badge--${status}`);
    expect(box).toHaveTextContent(new RegExp(`^${word}$`));
  });

  it('lets the last place be booked, though the box says FULL (D-1, X-48)', async () => {
    await open(serverWith(9, 10));
    const shown = await card();
    expect(indicator(shown)).toHaveTextContent(/^FULL$/);
    expect(within(shown).getByRole('img')).toHaveAccessibleName('almost full, 1 place left');
    expect(shown.querySelector('.figure')).toHaveTextContent(/^1 place left$/);
    expect(within(shown).getByRole('button')).toBeEnabled();
  });

  it('lets nobody book where no place is free', async () => {
    await open(serverWith(10, 10));
    const shown = await card();
    expect(within(shown).getByRole('img')).toHaveAccessibleName('full');
    expect(within(shown).getByRole('button', { name: 'Sold out' })).toBeDisabled();
  });

  it('has a meter with a text', async () => {
    await open(serverWith(9, 12));
    const meter = within(await card()).getByRole('meter', { name: 'Yoga Pagi' });
    expect(meter).toHaveAttribute('aria-valuenow', '9');
    expect(meter).toHaveAttribute('aria-valuemax', '12');
    expect(meter).toHaveAttribute('aria-valuetext', '9 of 12 places taken');
  });

  it('names the zone where clocks show another time', async () => {
    const away = session({ timezone: 'Pacific/Kiritimati' });
    await open(studioServer().on('GET /api/v1/sessions', data({ sessions: [away] })));
    expect(await screen.findByText('Time: 07:00 - 08:00 GMT+14')).toBeVisible();
  });

  it('offers no session that is over', async () => {
    const early = session({ start_time: '00:00', end_time: '00:01' });
    await open(studioServer().on('GET /api/v1/sessions', data({ sessions: [early] })));
    expect(within(await card()).getByRole('button', { name: 'Over' })).toBeDisabled();
  });

  it('speaks Indonesian', async () => {
    await open(serverWith(9, 12), { locale: 'id' });
    const shown = await card();
    expect(within(shown).getByText('Waktu: 07.00 - 08.00')).toBeVisible();
    expect(within(shown).getByText('Kapasitas: 9/12')).toBeVisible();
    expect(within(shown).getByRole('img')).toHaveAccessibleName('hampir penuh, 3 tempat lagi');
    expect(within(shown).getByText(/Rp\s75\.000/)).toBeVisible();
  });

  it('is a named and a default export', () => {
    expect(DefaultAvailability).toBe(RealTimeAvailability);
  });
});

describe('loading', () => {
  it('asks for sessions and for the places of today (X-49)', async () => {
    const { server } = await open();
    await card();
    expect(server.to('GET /api/v1/sessions')).not.toHaveLength(0);
    expect(server.to('GET /api/v1/availability').map(({ query }) => query.get('date'))).toContain(TODAY);
  });

  it('asks once more when the channel is subscribed: an event may have come before', async () => {
    const { server, pusher } = await open(studioServer(), { connected: false });
    await card();
    server.on('GET /api/v1/availability', data({ availability: [places(7, 12, { version: 2 })] }));
    await during(() => void pusher.open());
    expect(await screen.findByText('Capacity: 7/12')).toBeVisible();
  });

  it('says that sessions could not be loaded, and tries again', async () => {
    const server = studioServer().on('GET /api/v1/sessions', refusal(500, 'Server Error'));
    const { visitor } = await open(server);
    expect(await screen.findByText(/The sessions could not be loaded/)).toBeVisible();
    server.on('GET /api/v1/sessions', data({ sessions: [session()] }));
    await visitor.click(screen.getByRole('button', { name: 'Try again' }));
    await card();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('says that places could not be loaded, and tries again', async () => {
    const server = studioServer().on('GET /api/v1/availability', () => 'unreachable');
    const { visitor } = await open(server);
    expect(await screen.findByText(/The free places could not be loaded/)).toBeVisible();
    server.on('GET /api/v1/availability', data({ availability: [places(6, 12)] }));
    await visitor.click(screen.getByRole('button', { name: 'Try again' }));
    expect(within(await card()).getByText('Capacity: 6/12')).toBeVisible();
  });

  it('says that there are no sessions', async () => {
    await open(studioServer().on('GET /api/v1/sessions', data({ sessions: [] })));
    expect(await screen.findByRole('heading', { name: 'No sessions yet' })).toBeVisible();
  });
});

describe('events', () => {
  it('takes the flat payload of AvailabilityUpdated: taken is total minus free (X-37, X-38, X-39)', async () => {
    const { pusher } = await open();
    const shown = await card();
    await during(() => void pusher.emit('availability', 'AvailabilityUpdated', availabilityUpdated()));
    expect(within(shown).getByText('Capacity: 11/12')).toBeVisible();
    expect(indicator(shown)).toHaveTextContent(/^FULL$/);
  });

  it('takes a payload within `data` too, for migrators (X-38)', async () => {
    const { pusher } = await open();
    await card();
    const wrapped = { data: availabilityUpdated({ available_slots: 2 }) };
    await during(() => void pusher.emit('availability', 'AvailabilityUpdated', wrapped));
    expect(screen.getByText('Capacity: 10/12')).toBeVisible();
  });

  it('takes CapacityUpdated, before or after AvailabilityUpdated (X-40, X-41)', async () => {
    const { pusher } = await open();
    await card();
    await during(() => void pusher.emit('availability', 'CapacityUpdated', capacityUpdated()));
    expect(screen.getByText('Capacity: 6/20')).toBeVisible();
    const later = availabilityUpdated({ available_slots: 13, total_capacity: 20, version: 3 });
    await during(() => void pusher.emit('availability', 'AvailabilityUpdated', later));
    expect(screen.getByText('Capacity: 7/20')).toBeVisible();
  });

  it('applies a CapacityUpdated without a date to all days, and keeps what is taken (X-41)', async () => {
    const { pusher, visitor } = await open();
    await card();
    await visitor.click(screen.getByRole('button', { name: 'Next day' }));
    await card();
    const allDays = capacityUpdated({ date: null, current_capacity: 0, max_capacity: 8 });
    await during(() => void pusher.emit('availability', 'CapacityUpdated', allDays));
    expect(screen.getByText('Capacity: 6/8')).toBeVisible();
  });

  it('keeps the days apart (X-46)', async () => {
    const { pusher, visitor, server } = await open();
    await card();
    server.on('GET /api/v1/availability', () => 'unreachable');
    const tomorrow = availabilityUpdated({ date: TOMORROW, available_slots: 4 });
    await during(() => void pusher.emit('availability', 'AvailabilityUpdated', tomorrow));
    expect(screen.getByText('Capacity: 6/12')).toBeVisible();
    await visitor.click(screen.getByRole('button', { name: 'Next day' }));
    expect(await screen.findByText('Capacity: 8/12')).toBeVisible();
  });

  it('drops what is stale by its version (X-50)', async () => {
    const { pusher } = await open();
    await card();
    const emit = (free: number, version: number): Promise<void> =>
      during(() => {
        pusher.emit(
          'availability',
          'AvailabilityUpdated',
          availabilityUpdated({ available_slots: free, version }),
        );
      });
    await emit(3, 5);
    await emit(9, 4);
    expect(screen.getByText('Capacity: 9/12')).toBeVisible();
  });

  it('tells how many sessions have changed, in one sentence', async () => {
    const two = [session(), session({ id: 2, name: 'Pilates' })];
    const server = studioServer()
      .on('GET /api/v1/sessions', data({ sessions: two }))
      .on(
        'GET /api/v1/availability',
        data({ availability: [places(6, 12), places(6, 12, { session_id: 2 })] }),
      );
    const { pusher } = await open(server);
    await card('Pilates');
    await during(() => {
      for (const [session_id, version] of [
        [1, 2],
        [1, 3],
        [2, 2],
      ] as const) {
        const event = availabilityUpdated({ session_id, version, available_slots: 6 - version });
        pusher.emit('availability', 'AvailabilityUpdated', event);
      }
    });
    expect(screen.queryByText(/changed$/)).toBeNull();
    await pass(3000);
    expect(screen.getByText('2 sessions changed')).toBeInTheDocument();
    expect(screen.getByText('2 sessions changed').closest('[role=status]')).not.toBeNull();
  });

  it('marks a card that changes, and only that', async () => {
    const { pusher, view } = await open();
    await card();
    expect(view.container.querySelector('.changed')).toBeNull();
    await during(() => void pusher.emit('availability', 'AvailabilityUpdated', availabilityUpdated()));
    expect(view.container.querySelectorAll('.session-card .changed')).toHaveLength(1);
  });

  it('leaves the channel when it is unmounted (S-RE-4)', async () => {
    const { pusher, view } = await open();
    await card();
    expect(pusher.serverChannels).toContain('availability');
    view.unmount();
    await pass(10);
    expect(pusher.serverChannels).not.toContain('availability');
  });
});

describe('losses', () => {
  it('says that it is disconnected, comes back, and fetches what it missed (X-20, X-50)', async () => {
    const { pusher, view, server } = await open();
    await card();
    await during(() => void pusher.lose());
    const line = view.container.querySelector('.connection-status');
    expect(line).toHaveTextContent(/^Status: Disconnected$/);
    expect(line).toHaveAttribute('data-status', 'reconnecting');
    server.on('GET /api/v1/availability', data({ availability: [places(12, 12, { version: 9 })] }));
    await pass(1000);
    await during(() => void pusher.open());
    expect(await screen.findByText('Capacity: 12/12')).toBeVisible();
    expect(line).toHaveTextContent(/^Status: Connected$/);
  });

  it('fetches what it missed also when it was back before anybody saw it', async () => {
    const { pusher, server } = await open();
    await card();
    server.on('GET /api/v1/availability', data({ availability: [places(12, 12, { version: 9 })] }));
    await act(async () => {
      pusher.lose();
      await settled();
      pusher.connection.connect();
      pusher.open();
      await settled();
    });
    expect(await screen.findByText('Capacity: 12/12')).toBeVisible();
  });

  it('calls the numbers stale after 30 s without a connection', async () => {
    const { pusher } = await open();
    await card();
    await during(() => void pusher.lose());
    await pass(29_000);
    expect(screen.queryByText(/This may have changed/)).toBeNull();
    await pass(1500);
    expect(screen.getByText(/This may have changed: no word from the server since/)).toBeVisible();
    await during(() => {
      pusher.connection.connect();
      pusher.open();
    });
    expect(screen.queryByText(/This may have changed/)).toBeNull();
  });

  it('calls the numbers stale when there never was a connection', async () => {
    await open(studioServer(), { connected: false });
    await card();
    await pass(31_000);
    expect(screen.getByText(/This may have changed/)).toBeVisible();
  });

  it('fetches again when the page was hidden for long, not when for a moment', async () => {
    const { server } = await open();
    await card();
    const hide = (hidden: boolean): Promise<void> =>
      during(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
        document.dispatchEvent(new Event('visibilitychange'));
      });
    const asked = server.to('GET /api/v1/availability').length;
    await hide(true);
    await pass(30_000);
    await hide(false);
    expect(server.to('GET /api/v1/availability')).toHaveLength(asked);
    await hide(true);
    await pass(61_000);
    await hide(false);
    expect(server.to('GET /api/v1/availability')).toHaveLength(asked + 1);
  });
});

describe('days', () => {
  it('goes a day on and back, and to today', async () => {
    const { visitor, server } = await open();
    await card();
    expect(screen.getByRole('button', { name: 'Previous day' })).toBeDisabled();
    await visitor.click(screen.getByRole('button', { name: 'Next day' }));
    await visitor.click(screen.getByRole('button', { name: 'Next day' }));
    expect(screen.getByText(/^Wednesday,? 25 November 2026$/)).toBeVisible();
    expect(location.hash).toBe('#/sessions?date=2026-11-25');
    await visitor.click(screen.getByRole('button', { name: 'Previous day' }));
    await card();
    expect(server.to('GET /api/v1/availability').at(-1)?.query.get('date')).toBe(TOMORROW);
    await visitor.click(screen.getByRole('button', { name: 'Today' }));
    expect(screen.getByText(/^Monday,? 23 November 2026$/)).toBeVisible();
    expect(location.hash).toBe('#/sessions');
  });

  it('shows the day of the address, and today for one that is past', async () => {
    history.replaceState(null, '', '#/sessions?date=2026-11-30');
    const { view } = await open();
    expect(await screen.findByText(/^Monday,? 30 November 2026$/)).toBeVisible();
    view.unmount();
    history.replaceState(null, '', '#/sessions?date=2026-11-22');
    await open();
    expect(await screen.findByText(/^Monday,? 23 November 2026$/)).toBeVisible();
  });
});
