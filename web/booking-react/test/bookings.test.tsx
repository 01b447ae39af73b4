import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { booking, bookingUpdated, bookingWithSession, page } from './fixtures.ts';
import { during, grant, openApp, SITI, studioServer } from './harness.tsx';
import { data, held, refusal, type FakeServer } from './server.ts';

const LIST = 'GET /api/v1/bookings';
const CODE = 'BK-20261124-7KQ2ZD';
const GRANT = grant({ body: { channel_names: ['private-user.7'] } });

function serverWith(...bookings: ReturnType<typeof bookingWithSession>[]): FakeServer {
  return studioServer().on(LIST, data({ bookings }, page({ total: bookings.length })));
}

async function item(code = CODE): Promise<HTMLElement> {
  const found = (await screen.findByText(code, { selector: '.booking-item .code' })).closest('li');
  if (found === null) throw new Error(`${code} is in no list`);
  return found;
}

beforeEach(() => {
  location.hash = '#/bookings';
});

describe('my bookings', () => {
  it('are those of the user, with session, day, code and statuses', async () => {
    const { server } = await openApp(serverWith(bookingWithSession()), { user: SITI });
    const shown = await item();
    for (const fact of ['Yoga Pagi', /^Tuesday,? 24 November 2026 · 07:00 - 08:00$/, 'Pending', 'Unpaid']) {
      expect(within(shown).getByText(fact)).toBeVisible();
    }
    // An administrator's list would be everybody's otherwise.
    expect(server.to(LIST)[0]?.query.get('user_id')).toBe('7');
  });

  it('have labels in Indonesian', async () => {
    await openApp(serverWith(bookingWithSession()), { user: SITI, locale: 'id' });
    const shown = await item();
    expect(within(shown).getByText('Menunggu')).toBeVisible();
    expect(within(shown).getByText('Belum dibayar')).toBeVisible();
  });

  it('follow events by their version', async () => {
    const { pusher } = await openApp(serverWith(bookingWithSession({ version: 3 })), { user: SITI });
    const shown = await item();
    await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
    const emit = (more: Parameters<typeof bookingUpdated>[0]): Promise<void> =>
      during(() => void pusher.emit('private-user.7', 'BookingStatusUpdated', bookingUpdated(more)));
    await emit({ status: 'expired', version: 2 });
    expect(within(shown).getByText('Pending')).toBeVisible();
    await emit({ status: 'confirmed', payment_status: 'paid', version: 4 });
    expect(within(shown).getByText('Confirmed')).toBeVisible();
    expect(within(shown).getByText('Paid')).toBeVisible();
    await emit({ status: 'pending', version: 4 });
    expect(within(shown).getByText('Confirmed')).toBeVisible();
  });

  it('say when changes do not arrive', async () => {
    const server = serverWith(bookingWithSession()).on(
      'POST /api/broadcasting/auth',
      Response.json({ channels: { 'private-user.7': { status: 403, message: 'Forbidden' } } }),
    );
    await openApp(server, { user: SITI });
    expect(await screen.findByText('You may not receive this news.')).toBeVisible();
  });

  it('are fetched again when one is told of that is not there', async () => {
    const { pusher, server } = await openApp(serverWith(), { user: SITI });
    expect(await screen.findByRole('heading', { name: 'No bookings yet' })).toBeVisible();
    await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
    server.on(LIST, data({ bookings: [bookingWithSession()] }, page()));
    await during(() => void pusher.emit('private-user.7', 'BookingStatusUpdated', bookingUpdated()));
    await item();
  });

  it('are fetched again once changes arrive again: what came before that is missed', async () => {
    const server = serverWith(bookingWithSession());
    const { pusher } = await openApp(server, { user: SITI });
    const shown = await item();
    await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
    const authorize = held(server, 'POST /api/broadcasting/auth');
    await during(() => void pusher.lose());
    await during(() => {
      pusher.connection.connect();
      pusher.open();
    });
    // Connected, but not subscribed: nobody is told of this one.
    const changed = bookingWithSession({ status: 'confirmed', payment_status: 'paid', version: 2 });
    server.on(LIST, data({ bookings: [changed] }, page()));
    expect(within(shown).getByText('Pending')).toBeVisible();
    await during(() => authorize(GRANT));
    expect(within(shown).getByText('Confirmed')).toBeVisible();
  });

  it('are fetched again once changes arrive for the first time', async () => {
    const server = serverWith(bookingWithSession());
    const authorize = held(server, 'POST /api/broadcasting/auth');
    await openApp(server, { user: SITI });
    const shown = await item();
    const changed = bookingWithSession({ status: 'confirmed', payment_status: 'paid', version: 2 });
    server.on(LIST, data({ bookings: [changed] }, page()));
    await during(() => authorize(GRANT));
    expect(within(shown).getByText('Confirmed')).toBeVisible();
  });

  it('are fetched again when one is told of before the first answer', async () => {
    const server = studioServer();
    const answer = held(server, LIST);
    const { pusher } = await openApp(server, { user: SITI });
    await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
    await during(() => undefined);
    server.on(LIST, data({ bookings: [bookingWithSession()] }, page()));
    await during(() => void pusher.emit('private-user.7', 'BookingStatusUpdated', bookingUpdated()));
    await during(() => answer(data({ bookings: [] }, page({ total: 0 }))));
    await item();
  });

  it('can be filtered and paged through', async () => {
    const server = studioServer().on(LIST, ({ query }) =>
      data(
        {
          bookings: [
            bookingWithSession({
              booking_code: `BK-PAGE-${query.get('page') ?? '?'}`,
              status: query.get('status') === 'confirmed' ? 'confirmed' : 'pending',
            }),
          ],
        },
        page({ current_page: Number(query.get('page')), last_page: 2, total: 11 }),
      ),
    );
    const { visitor } = await openApp(server, { user: SITI });
    await item('BK-PAGE-1');
    expect(screen.getByRole('button', { name: 'Previous' })).toBeDisabled();
    await visitor.click(screen.getByRole('button', { name: 'Next' }));
    await item('BK-PAGE-2');
    expect(screen.getByText('Page 2 of 2')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Next' })).toBeDisabled();
    await visitor.selectOptions(screen.getByRole('combobox', { name: 'Filter by status' }), 'Confirmed');
    await item('BK-PAGE-1');
    expect(server.to(LIST).at(-1)?.query.get('status')).toBe('confirmed');
  });

  it('leave a filtered list with the status that it shows, and others take their place', async () => {
    const second = bookingWithSession({ id: 92, booking_code: 'BK-SECOND' });
    const third = bookingWithSession({ id: 93, booking_code: 'BK-THIRD' });
    const server = studioServer().on(
      LIST,
      data({ bookings: [bookingWithSession(), second] }, page({ last_page: 2, total: 11 })),
    );
    const { visitor, pusher } = await openApp(server, { user: SITI });
    await item();
    await visitor.selectOptions(screen.getByRole('combobox', { name: 'Filter by status' }), 'Pending');
    await item();
    const answer = held(server, LIST);
    const confirmed = bookingUpdated({ status: 'confirmed', payment_status: 'paid' });
    await during(() => void pusher.emit('private-user.7', 'BookingStatusUpdated', confirmed));
    expect(screen.queryByText(CODE)).toBeNull();
    await item('BK-SECOND');
    await during(() => answer(data({ bookings: [second, third] }, page({ total: 10 }))));
    await item('BK-THIRD');
    expect(screen.queryByRole('navigation', { name: 'Pages' })).toBeNull();
  });

  it('leave a filtered list when they are cancelled there', async () => {
    const server = serverWith(bookingWithSession()).on(
      'POST /api/v1/bookings/91/cancel',
      data({ booking: booking({ status: 'cancelled', version: 2 }) }),
    );
    const { visitor } = await openApp(server, { user: SITI });
    await visitor.selectOptions(await screen.findByRole('combobox', { name: 'Filter by status' }), 'Pending');
    await visitor.click(within(await item()).getByRole('button', { name: `Cancel booking ${CODE}` }));
    server.on(LIST, data({ bookings: [] }, page({ total: 0 })));
    await visitor.click(screen.getByRole('button', { name: 'Yes, cancel it' }));
    expect(await screen.findByRole('heading', { name: 'No bookings of this status' })).toBeVisible();
    expect(screen.queryByText(CODE)).toBeNull();
  });

  it('show the page before when the last one has become empty', async () => {
    let last = 2;
    const server = studioServer().on(LIST, ({ query }) => {
      const number = Number(query.get('page'));
      const shown = bookingWithSession({ booking_code: `BK-PAGE-${number}` });
      return data(
        { bookings: number > last ? [] : [shown] },
        page({ current_page: number, last_page: last, total: 10 * last - 9 }),
      );
    });
    const { visitor, pusher } = await openApp(server, { user: SITI });
    await item('BK-PAGE-1');
    await visitor.click(screen.getByRole('button', { name: 'Next' }));
    await item('BK-PAGE-2');
    last = 1;
    const other = bookingUpdated({ booking_id: 99 });
    await during(() => void pusher.emit('private-user.7', 'BookingStatusUpdated', other));
    await item('BK-PAGE-1');
  });

  it('are not replaced by an answer that was overtaken', async () => {
    const answers: ((answer: Response) => void)[] = [];
    const server = studioServer().on(LIST, () => new Promise<Response>((resolve) => answers.push(resolve)));
    const { visitor } = await openApp(server, { user: SITI });
    await waitFor(() => expect(answers).not.toHaveLength(0));
    const asked = answers.length;
    await visitor.selectOptions(screen.getByRole('combobox', { name: 'Filter by status' }), 'Expired');
    await waitFor(() => expect(answers).toHaveLength(asked + 1));
    const answer = (at: number, booking_code: string): Promise<void> =>
      during(() =>
        answers[at]?.(data({ bookings: [bookingWithSession({ booking_code, status: 'expired' })] }, page())),
      );
    await answer(asked, 'BK-NEW');
    await answer(asked - 1, 'BK-OLD');
    await item('BK-NEW');
    expect(screen.queryByText('BK-OLD')).toBeNull();
  });

  it('can be cancelled, after a question', async () => {
    const cancel = 'POST /api/v1/bookings/91/cancel';
    const server = serverWith(bookingWithSession({ status: 'confirmed', payment_status: 'paid' })).on(
      cancel,
      data({ booking: booking({ status: 'cancelled', payment_status: 'refunded', version: 2 }) }),
    );
    const { visitor } = await openApp(server, { user: SITI });
    const shown = await item();
    await visitor.click(within(shown).getByRole('button', { name: `Cancel booking ${CODE}` }));
    const dialog = screen.getByRole('dialog', { name: 'Cancel this booking?' });
    expect(dialog).toHaveTextContent(/Your place in Yoga Pagi on Tuesday,? 24 November 2026 becomes free\./);
    expect(dialog).toHaveTextContent('What you have paid is refunded.');
    expect(server.to(cancel)).toHaveLength(0);
    await visitor.click(within(dialog).getByRole('button', { name: 'Yes, cancel it' }));
    await waitFor(() => expect(within(shown).getByText('Cancelled')).toBeVisible());
    expect(server.to(cancel)[0]?.headers.get('Idempotency-Key')).not.toBeNull();
    expect(screen.getByText(`Booking ${CODE} is cancelled`)).toBeVisible();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(within(shown).queryByRole('button')).toBeNull();
    expect(screen.getByRole('heading', { level: 1 })).toHaveFocus();
  });

  it('stay when the visitor thinks better of it, or the server refuses', async () => {
    const server = serverWith(bookingWithSession()).on(
      'POST /api/v1/bookings/91/cancel',
      refusal(409, 'A booking that is completed cannot become cancelled.'),
    );
    const { visitor } = await openApp(server, { user: SITI });
    const shown = await item();
    const button = within(shown).getByRole('button', { name: `Cancel booking ${CODE}` });
    await visitor.click(button);
    await visitor.click(screen.getByRole('button', { name: 'Yes, cancel it' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('The booking cannot be changed like that.');
    await visitor.click(screen.getByRole('button', { name: 'Keep it' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(button).toHaveFocus();
    expect(within(shown).getByText('Pending')).toBeVisible();
  });

  it('can be paid', async () => {
    const server = serverWith(bookingWithSession({ payment_status: 'failed' })).on(
      'POST /api/v1/bookings/91/pay',
      data({ booking: booking({ payment_status: 'pending', version: 2 }) }),
    );
    const { visitor, pusher } = await openApp(server, { user: SITI });
    await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
    const shown = await item();
    await visitor.click(within(shown).getByRole('button', { name: `Pay for booking ${CODE}` }));
    await visitor.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByText('Waiting for the payment provider…');
    const paid = bookingUpdated({ status: 'confirmed', payment_status: 'paid', version: 3 });
    await during(() => void pusher.emit('private-user.7', 'PaymentStatusUpdated', paid));
    expect(screen.getByText('Payment received. See you at the studio!')).toBeVisible();
    expect(within(shown).getByText('Paid')).toBeInTheDocument();
  });

  it('offer nothing for what is over', async () => {
    await openApp(serverWith(bookingWithSession({ status: 'completed', payment_status: 'paid' })), {
      user: SITI,
    });
    expect(within(await item()).queryByRole('button')).toBeNull();
  });

  it('say that they could not be loaded, and try again', async () => {
    const server = studioServer().on(LIST, refusal(500, 'Server Error'));
    const { visitor } = await openApp(server, { user: SITI });
    expect(await screen.findByRole('alert')).toHaveTextContent('The bookings could not be loaded');
    server.on(LIST, data({ bookings: [bookingWithSession()] }, page()));
    await visitor.click(screen.getByRole('button', { name: 'Try again' }));
    await item();
  });
});
