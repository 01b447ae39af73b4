import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { RealTimeAvailability } from '../src/components/RealTimeAvailability.tsx';
import { booking, bookingUpdated, TODAY } from './fixtures.ts';
import { during, grant, openPart, pass, SITI, studioServer, type Beginning, type Stage } from './harness.tsx';
import { data, held, refusal, type FakeServer } from './server.ts';

const BOOK = 'POST /api/v1/bookings';
const PAY = 'POST /api/v1/bookings/91/pay';
const ONE = 'GET /api/v1/bookings/BK-20261124-7KQ2ZD';

function bookingServer(): FakeServer {
  return studioServer()
    .on(BOOK, data({ booking: booking({ booking_date: TODAY }) }, {}, 201))
    .on(PAY, data({ booking: booking({ payment_status: 'pending', version: 2 }) }))
    .on(ONE, data({ booking: booking({ booking_date: TODAY }) }));
}

function open(server = bookingServer(), beginning: Beginning = { user: SITI }): Promise<Stage> {
  return openPart(<RealTimeAvailability />, server, beginning);
}

/** Opens the dialog of the one session. */
async function choose({ visitor }: Stage): Promise<HTMLElement> {
  await visitor.click(await screen.findByRole('button', { name: 'Book a place in Yoga Pagi' }));
  return screen.findByRole('dialog');
}

function keysOf(server: FakeServer, route: string): (string | null)[] {
  return server.to(route).map(({ headers }) => headers.get('Idempotency-Key'));
}

describe('booking', () => {
  it('shows what is booked, then the code, and sends session and day', async () => {
    const stage = await open();
    const dialog = await choose(stage);
    expect(within(dialog).getByRole('heading', { name: 'Book a place' })).toHaveFocus();
    for (const fact of ['Yoga Pagi', '07:00 - 08:00', /^Rp\s75,000$/, /^Monday,? 23 November 2026$/]) {
      expect(within(dialog).getByText(fact)).toBeVisible();
    }
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Book now' }));
    expect(await screen.findByText('BK-20261124-7KQ2ZD')).toBeVisible();
    expect(screen.getByRole('heading', { name: 'Your place is booked' })).toHaveFocus();
    const [request] = stage.server.to(BOOK);
    expect(request?.body).toEqual({ session_id: 1, booking_date: TODAY });
    expect(request?.headers.get('Authorization')).toBe('Bearer token-of-7');
    // The author hears of it like everybody else.
    expect(request?.headers.get('X-Socket-ID')).toBeNull();
  });

  it('is pending on the card and in the dialog before the server has answered', async () => {
    const server = bookingServer();
    const answer = held(server, BOOK);
    const stage = await open(server);
    const dialog = await choose(stage);
    const card = screen.getByRole('article', { name: 'Yoga Pagi', hidden: true });
    expect(within(card).queryByText('Pending')).toBeNull();
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Book now' }));
    expect(within(dialog).getByText('Pending')).toBeVisible();
    expect(within(card).getByText('Pending')).toBeInTheDocument();
    expect(within(dialog).getByRole('button', { name: 'Booking…' })).toHaveAttribute('aria-disabled', 'true');
    await during(() => answer(data({ booking: booking() }, {}, 201)));
    expect(within(card).queryByText('Pending')).toBeNull();
  });

  it('is sent once, however often the button is pressed', async () => {
    const server = bookingServer();
    const answer = held(server, BOOK);
    const stage = await open(server);
    const button = within(await choose(stage)).getByRole('button', { name: 'Book now' });
    await stage.visitor.dblClick(button);
    expect(server.to(BOOK)).toHaveLength(1);
    await during(() => answer(data({ booking: booking() }, {}, 201)));
  });

  it('tries again with the same Idempotency-Key; another attempt has another one', async () => {
    const server = bookingServer().on(BOOK, () => 'unreachable');
    const stage = await open(server);
    const dialog = await choose(stage);
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Book now' }));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('nothing is done twice');
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(server.to(BOOK)).toHaveLength(2));
    const [first, second] = keysOf(server, BOOK);
    expect(first).toMatch(/^[0-9a-f-]{32,}$/);
    expect(second).toBe(first);

    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    await stage.visitor.click(within(await choose(stage)).getByRole('button', { name: 'Book now' }));
    await waitFor(() => expect(server.to(BOOK)).toHaveLength(3));
    expect(keysOf(server, BOOK)[2]).not.toBe(first);
  });

  it.each([
    ['409', refusal(409, 'Session is fully booked'), 'This session is fully booked.'],
    [
      '422',
      refusal(422, 'The booking date is wrong.', {
        errors: { booking_date: ['The booking date is wrong.'] },
      }),
      'The booking date is wrong.',
    ],
    ['500', refusal(500, 'Server Error'), 'Something broke on our side. Try again later.'],
    ['503', refusal(503, 'Service Unavailable'), 'The server is busy. Try again in a moment.'],
  ])('says what a %s means', async (_status, answer, sentence) => {
    const stage = await open(bookingServer().on(BOOK, answer));
    const dialog = await choose(stage);
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Book now' }));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(sentence);
  });

  it('counts down after a 429, and sends nothing meanwhile', async () => {
    const limited = refusal(429, 'Too Many Attempts.', {}, { 'Retry-After': '3' });
    const server = bookingServer().on(BOOK, limited);
    const stage = await open(server);
    const dialog = await choose(stage);
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Book now' }));
    const alert = await within(dialog).findByRole('alert');
    expect(alert).toHaveTextContent('Too many requests. Wait a moment.3 s');
    expect(within(alert).getByText('3 s')).toHaveAttribute('aria-hidden', 'true');
    const retry = within(dialog).getByRole('button', { name: 'Try again' });
    expect(retry).toHaveAttribute('aria-disabled', 'true');
    await stage.visitor.click(retry);
    expect(server.to(BOOK)).toHaveLength(1);
    await pass(1000);
    expect(within(alert).getByText('2 s')).toBeVisible();
    await pass(2500);
    expect(within(dialog).queryByRole('alert')).toBeNull();
    await stage.visitor.click(retry);
    await waitFor(() => expect(server.to(BOOK)).toHaveLength(2));
    expect(new Set(keysOf(server, BOOK)).size).toBe(1);
  });

  it('closes on Escape and on the cross, and gives the focus back', async () => {
    const stage = await open();
    const opener = await screen.findByRole('button', { name: 'Book a place in Yoga Pagi' });
    fireEvent(await choose(stage), new Event('cancel', { cancelable: true }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(opener).toHaveFocus();
    await stage.visitor.click(within(await choose(stage)).getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(opener).toHaveFocus();
  });

  it('asks a stranger to log in first, then goes on with what they wanted', async () => {
    const server = bookingServer().on('POST /api/v1/auth/login', ({ body }) =>
      body['password'] === 'rahasia'
        ? data({ token: 'fresh', token_type: 'Bearer', user: SITI })
        : refusal(422, 'No.', { errors: { email: ['These credentials do not match our records.'] } }),
    );
    const stage = await open(server, {});
    const dialog = await choose(stage);
    expect(within(dialog).getByRole('heading')).toHaveTextContent('Log in to book Yoga Pagi');
    const email = within(dialog).getByLabelText('E-mail address');
    const password = within(dialog).getByLabelText('Password');
    await stage.visitor.type(email, 'siti@example.com');
    await stage.visitor.type(password, 'wrong{Enter}');
    expect(await within(dialog).findByText('These credentials do not match our records.')).toBeVisible();
    expect(email).toBeInvalid();
    expect(server.to(BOOK)).toHaveLength(0);
    await stage.visitor.clear(password);
    await stage.visitor.type(password, 'rahasia{Enter}');
    expect(await screen.findByRole('button', { name: 'Book now' })).toBeVisible();
    await stage.visitor.click(screen.getByRole('button', { name: 'Book now' }));
    expect(await screen.findByText('BK-20261124-7KQ2ZD')).toBeVisible();
    expect(server.to(BOOK)[0]?.headers.get('Authorization')).toBe('Bearer fresh');
    expect(localStorage.getItem('token')).toBe('fresh');
    expect(localStorage.getItem('user_id')).toBe('7');
  });
});

describe('paying', () => {
  async function pay(stage: Stage, outcome: string): Promise<HTMLElement> {
    const dialog = await choose(stage);
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Book now' }));
    await stage.visitor.click(await screen.findByRole('button', { name: 'Pay now' }));
    await stage.visitor.click(screen.getByRole('radio', { name: outcome }));
    await stage.visitor.click(screen.getByRole('button', { name: /^Pay Rp\s75,000$/ }));
    return screen.findByRole('dialog', { name: 'Payment' });
  }

  it('is said to be a simulation', async () => {
    const stage = await open();
    const dialog = await choose(stage);
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Book now' }));
    await stage.visitor.click(await screen.findByRole('button', { name: 'Pay now' }));
    const choice = screen.getByRole('group', { name: /^Simulation/ });
    expect(choice).toHaveTextContent('This is a simulation: no money moves.');
    expect(screen.getByRole('radio', { name: 'It succeeds' })).toBeChecked();
  });

  it('waits for the provider, and shows its answer when the event comes', async () => {
    const stage = await open();
    const dialog = await pay(stage, 'It succeeds');
    expect(stage.server.to(PAY)[0]?.body).toEqual({ outcome: 'succeed' });
    expect(await within(dialog).findByText('Waiting for the payment provider…')).toBeVisible();
    const paid = bookingUpdated({ status: 'confirmed', payment_status: 'paid', version: 3 });
    await during(() => {
      stage.pusher.emit('private-user.7', 'PaymentStatusUpdated', paid);
      stage.pusher.emit('private-user.7', 'BookingStatusUpdated', paid);
    });
    expect(within(dialog).getByText('Payment received. See you at the studio!')).toBeVisible();
    expect(within(dialog).getByText('Confirmed')).toBeVisible();
    await stage.visitor.click(within(dialog).getAllByRole('button', { name: 'Close' })[1] ?? dialog);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('can be tried again after a failure, with another key', async () => {
    const stage = await open();
    const dialog = await pay(stage, 'It fails');
    expect(stage.server.to(PAY)[0]?.body).toEqual({ outcome: 'fail' });
    const failed = bookingUpdated({ payment_status: 'failed', version: 3 });
    await during(() => void stage.pusher.emit('private-user.7', 'PaymentStatusUpdated', failed));
    expect(within(dialog).getByRole('alert')).toHaveTextContent('The payment failed. You can try again.');
    stage.server.on(PAY, data({ booking: booking({ payment_status: 'pending', version: 4 }) }));
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(stage.server.to(PAY)).toHaveLength(2));
    const [first, second] = keysOf(stage.server, PAY);
    expect(second).not.toBe(first);
    const stale = bookingUpdated({ payment_status: 'failed', version: 3 });
    await during(() => void stage.pusher.emit('private-user.7', 'PaymentStatusUpdated', stale));
    expect(within(dialog).getByText('Waiting for the payment provider…')).toBeVisible();
  });

  it('can be tried again, with another key, when it has failed before the request was answered', async () => {
    const server = bookingServer();
    const answer = held(server, PAY);
    const stage = await open(server);
    const dialog = await pay(stage, 'It fails');
    const failed = bookingUpdated({ payment_status: 'failed', version: 3 });
    await during(() => void stage.pusher.emit('private-user.7', 'PaymentStatusUpdated', failed));
    await during(() => answer(data({ booking: booking({ payment_status: 'pending', version: 2 }) })));
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(server.to(PAY)).toHaveLength(2));
    const [first, second] = keysOf(server, PAY);
    expect(second).not.toBe(first);
  });

  it('shows what happened before its events could arrive, as soon as the server can be asked', async () => {
    const server = bookingServer().on(ONE, refusal(503, 'The service is busy; try again later.'));
    const authorize = held(server, 'POST /api/broadcasting/auth');
    const stage = await open(server);
    const dialog = await choose(stage);
    await stage.visitor.click(within(dialog).getByRole('button', { name: 'Book now' }));
    await screen.findByText('BK-20261124-7KQ2ZD');
    await during(() => authorize(grant({ body: { channel_names: ['private-user.7'] } })));
    await waitFor(() => expect(server.to(ONE)).toHaveLength(1));
    server.on(ONE, data({ booking: booking({ status: 'cancelled', version: 2 }) }));
    await pass(5000);
    expect(screen.getByText('Cancelled')).toBeVisible();
    await pass(20_000);
    expect(server.to(ONE)).toHaveLength(2);
  });

  it("is not shown another booking's events", async () => {
    const stage = await open();
    const dialog = await pay(stage, 'It succeeds');
    const other = bookingUpdated({ booking_id: 92, payment_status: 'failed', version: 9 });
    await during(() => void stage.pusher.emit('private-user.7', 'PaymentStatusUpdated', other));
    expect(within(dialog).getByText('Waiting for the payment provider…')).toBeVisible();
  });

  it('asks for the booking when no event comes', async () => {
    const stage = await open();
    const dialog = await pay(stage, 'It succeeds');
    expect(await within(dialog).findByText('Waiting for the payment provider…')).toBeVisible();
    stage.server.on(
      ONE,
      data({ booking: booking({ status: 'confirmed', payment_status: 'paid', version: 3 }) }),
    );
    const asked = stage.server.to(ONE).length;
    await pass(5000);
    expect(within(dialog).getByText('Payment received. See you at the studio!')).toBeVisible();
    await pass(20_000);
    expect(stage.server.to(ONE)).toHaveLength(asked + 1);
  });

  it('says so when the booking has expired meanwhile', async () => {
    const stage = await open();
    const dialog = await pay(stage, 'It succeeds');
    const expired = bookingUpdated({ status: 'expired', payment_status: 'unpaid', version: 3 });
    await during(() => void stage.pusher.emit('private-user.7', 'BookingStatusUpdated', expired));
    expect(within(dialog).getByText('This booking cannot be paid any more.')).toBeVisible();
  });
});
