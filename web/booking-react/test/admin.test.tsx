import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
// It is loaded when it is asked for: that must not take long while a test waits for it.
import '../src/admin/AdminView.tsx';
import { booking, bookingWithSession, page, session, TODAY, user } from './fixtures.ts';
import { openApp, studioServer, type Stage } from './harness.tsx';
import { data, refusal, type FakeServer } from './server.ts';

const SESSION = 'PATCH /api/v1/admin/sessions/1';
const BOOKING = 'PATCH /api/v1/admin/bookings/91';
const ANNOUNCE = 'POST /api/v1/admin/notifications';
const ADMIN = user({ id: 1, name: 'Ani', roles: ['admin', 'user'] });

function adminServer(): FakeServer {
  return studioServer()
    .on('GET /api/v1/bookings', data({ bookings: [bookingWithSession()] }, page()))
    .on('GET /api/v1/bookings/BK-20261124-7KQ2ZD', data({ booking: bookingWithSession() }))
    .on(SESSION, data({ session: session({ max_capacity: 15 }) }))
    .on(BOOKING, data({ booking: booking({ status: 'confirmed', version: 2 }) }))
    .on(ANNOUNCE, data({ notification: {} }, {}, 201));
}

beforeEach(() => {
  location.hash = '#/admin';
});

/** One of the three panels, whose code has come. */
async function panel(stage: Promise<Stage>, name: string): Promise<[HTMLElement, Stage]> {
  const opened = await stage;
  return [await screen.findByRole('region', { name }), opened];
}

describe('capacity', () => {
  it('is changed for all days', async () => {
    const [form, { visitor, server }] = await panel(
      openApp(adminServer(), { user: ADMIN }),
      'Change capacity',
    );
    const places = await within(form).findByLabelText('Places');
    expect(places).toHaveValue(12);
    await visitor.clear(places);
    await visitor.type(places, '15');
    await visitor.click(within(form).getByRole('button', { name: 'Change capacity' }));
    expect(await screen.findByText('Changes saved')).toBeVisible();
    expect(server.to(SESSION)[0]?.body).toEqual({ max_capacity: 15 });
  });

  it('is changed for one day', async () => {
    const [form, { visitor, server }] = await panel(
      openApp(adminServer(), { user: ADMIN }),
      'Change capacity',
    );
    await visitor.selectOptions(await within(form).findByLabelText('Applies to'), 'One day');
    expect(within(form).getByLabelText('Date')).toHaveValue(TODAY);
    await visitor.click(within(form).getByRole('button', { name: 'Change capacity' }));
    await waitFor(() => expect(server.to(SESSION)).toHaveLength(1));
    expect(server.to(SESSION)[0]?.body).toEqual({ max_capacity: 12, date: TODAY });
  });

  it('says why it is refused', async () => {
    const why = 'The max capacity field must be at least 9.';
    const server = adminServer().on(SESSION, refusal(422, why, { errors: { max_capacity: [why] } }));
    const [form, { visitor }] = await panel(openApp(server, { user: ADMIN }), 'Change capacity');
    await visitor.click(await within(form).findByRole('button', { name: 'Change capacity' }));
    await waitFor(() => expect(within(form).getByLabelText('Places')).toHaveAccessibleDescription(why));
    expect(within(form).queryByRole('alert')).toBeNull();
  });
});

describe('a booking', () => {
  it('is found by its code and changed', async () => {
    const [form, { visitor, server }] = await panel(
      openApp(adminServer(), { user: ADMIN }),
      'Change a booking',
    );
    await visitor.type(within(form).getByLabelText('Booking code'), ' bk-20261124-7kq2zd{Enter}');
    await visitor.selectOptions(await within(form).findByLabelText('Status'), 'Confirmed');
    await visitor.click(within(form).getByRole('button', { name: 'Change a booking' }));
    expect(await screen.findByText('Changes saved')).toBeVisible();
    expect(server.to(BOOKING)[0]?.body).toEqual({ status: 'confirmed' });
    expect(within(form).getByText('Confirmed', { selector: '.facts .badge' })).toBeVisible();
  });

  it('is chosen among the latest; its payment is changed', async () => {
    const [form, { visitor, server }] = await panel(
      openApp(adminServer(), { user: ADMIN }),
      'Change a booking',
    );
    await visitor.click(await within(form).findByRole('button', { name: /^BK-20261124-7KQ2ZD/ }));
    await visitor.selectOptions(within(form).getByLabelText('Payment'), 'Paid');
    await visitor.click(within(form).getByRole('button', { name: 'Change a booking' }));
    await waitFor(() => expect(server.to(BOOKING)[0]?.body).toEqual({ payment_status: 'paid' }));
  });

  it.each([
    ['id', 'Ubah pemesanan', 'Menunggu', 'Status pemesanan ini tidak dapat diubah seperti itu.'],
    ['en', 'Change a booking', 'Pending', 'The booking cannot be changed like that.'],
  ] as const)(
    'says in the visitor’s language that a move is refused (%s)',
    async (locale, name, status, why) => {
      const server = adminServer().on(
        BOOKING,
        refusal(409, 'A booking that is confirmed cannot become pending.'),
      );
      const [form, { visitor }] = await panel(openApp(server, { user: ADMIN, locale }), name);
      await visitor.click(await within(form).findByRole('button', { name: /^BK-20261124-7KQ2ZD/ }));
      await visitor.selectOptions(within(form).getByLabelText('Status'), status);
      await visitor.click(within(form).getByRole('button', { name }));
      expect(await within(form).findByRole('alert')).toHaveTextContent(why);
    },
  );

  it.each(['search', 'choice'])('is rid of what was said before after a new %s', async (way) => {
    const server = adminServer().on(
      BOOKING,
      refusal(409, 'A booking that is confirmed cannot become pending.'),
    );
    const [form, { visitor }] = await panel(openApp(server, { user: ADMIN }), 'Change a booking');
    const latest = await within(form).findByRole('button', { name: /^BK-20261124-7KQ2ZD/ });
    await visitor.click(latest);
    await visitor.selectOptions(within(form).getByLabelText('Status'), 'Pending');
    await visitor.click(within(form).getByRole('button', { name: 'Change a booking' }));
    await within(form).findByRole('alert');
    if (way === 'search') {
      await visitor.type(within(form).getByLabelText('Booking code'), 'BK-20261124-7KQ2ZD{Enter}');
    } else {
      await visitor.click(latest);
    }
    await waitFor(() => expect(within(form).queryByRole('alert')).toBeNull());
    expect(within(form).getByLabelText('Status')).toHaveDisplayValue('Not changed');
  });

  it('that is unknown, or is to become nothing, sends nothing', async () => {
    const server = adminServer().on('GET /api/v1/bookings/NO', refusal(404, 'Not Found'));
    const [form, { visitor }] = await panel(openApp(server, { user: ADMIN }), 'Change a booking');
    await visitor.type(within(form).getByLabelText('Booking code'), 'no{Enter}');
    expect(await within(form).findByRole('alert')).toHaveTextContent('This could not be found.');
    await visitor.click(await within(form).findByRole('button', { name: /^BK-20261124-7KQ2ZD/ }));
    await visitor.click(within(form).getByRole('button', { name: 'Change a booking' }));
    await waitFor(() => expect(form).toHaveTextContent('Choose a new status first.'));
    expect(form).not.toHaveTextContent('This could not be found.');
    expect(server.to(BOOKING)).toHaveLength(0);
  });
});

describe('an announcement', () => {
  it('is sent with its kind, and with a title if there is one', async () => {
    const [form, { visitor, server }] = await panel(openApp(adminServer(), { user: ADMIN }), 'Announce');
    await visitor.selectOptions(within(form).getByLabelText('Kind'), 'Warning');
    await visitor.type(within(form).getByLabelText('Message'), 'Studio 2 is closed.');
    await visitor.click(within(form).getByRole('button', { name: 'Announce' }));
    expect(await screen.findByText('Announcement sent')).toBeVisible();
    expect(server.to(ANNOUNCE)[0]?.body).toEqual({ level: 'warning', message: 'Studio 2 is closed.' });
    expect(within(form).getByLabelText('Message')).toHaveValue('');
    await visitor.type(within(form).getByLabelText('Title (may be empty)'), 'Schedule');
    await visitor.type(within(form).getByLabelText('Message'), 'Yoga moves.');
    await visitor.click(within(form).getByRole('button', { name: 'Announce' }));
    await waitFor(() => expect(server.to(ANNOUNCE)).toHaveLength(2));
    expect(server.to(ANNOUNCE)[1]?.body).toMatchObject({ title: 'Schedule' });
  });
});
