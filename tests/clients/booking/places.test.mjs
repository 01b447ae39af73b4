// Many people want the last places at the same moment, and somebody's retries go wild.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Booking, DATABASES, inDays } from '../harness/booking.mjs';
import { recorded } from '../harness/inbox.mjs';
import { connected, joined } from '../harness/sdk.mjs';
import { useServer } from '../harness/server.mjs';

const PLACES = 10;
const REQUESTS = 100;

for (const [name, database] of Object.entries(DATABASES)) {
  describe(`places, ${name}`, () => {
    const server = useServer();

    /** A service, one session with ten places on a day, and a customer who listens with pusher-js. */
    async function scene(t) {
      const store = database();
      t.after(() => store.drop());
      const booking = await new Booking({ server, database: store }).start();
      t.after(() => booking.stop());
      const admin = await booking.login(booking.admin);
      const [session] = (await booking.data(200, 'GET', '/api/v1/sessions')).sessions;
      const date = inDays(40);
      const path = `/api/v1/admin/sessions/${session.id}`;
      await booking.data(200, 'PATCH', path, { token: admin, body: { max_capacity: PLACES, date } });
      const { token, user } = await booking.register('Rini');
      const pusher = await connected(t, server, booking.authorization(token));
      const channel = await joined(pusher, `private-user.${user.id}`);
      const events = recorded(channel, 'BookingStatusUpdated');
      const body = { session_id: session.id, booking_date: date };
      /** Books; asks again where the database has been busy for too long, as a client would. */
      const book = async (headers) => {
        for (;;) {
          const answer = await booking.request('POST', '/api/v1/bookings', { token, headers, body });
          if (answer.status !== 503) return answer;
        }
      };
      /** All events up to the one that says that this booking is cancelled; nothing comes out of order. */
      const until = async (id) => {
        await booking.data(200, 'POST', `/api/v1/bookings/${id}/cancel`, { token });
        const seen = [];
        for (;;) {
          const [, event] = await events.next('an event');
          if (event.status === 'cancelled') return seen;
          seen.push(event);
        }
      };
      return { booking, token, session, date, book, until };
    }

    it('ten of a hundred parallel requests succeed, and each is told once', async (t) => {
      const { booking, token, session, date, book, until } = await scene(t);
      const answers = await Promise.all(Array.from({ length: REQUESTS }, () => book()));
      const made = answers.filter(({ status }) => status === 201).map(({ body }) => body.data.booking);
      const refused = answers.filter(({ status }) => status === 409);
      assert.deepEqual([made.length, refused.length], [PLACES, REQUESTS - PLACES]);
      for (const { body } of refused) assert.deepEqual(body, { message: 'Session is fully booked' });

      const { current_capacity, max_capacity, available_slots } = await booking.availability(session.id, date);
      assert.deepEqual([current_capacity, max_capacity, available_slots], [PLACES, PLACES, 0]);
      const ids = (bookings) => bookings.map(({ id }) => id).sort((a, b) => a - b);
      assert.deepEqual(ids(await booking.bookings(token)), ids(made));

      const seen = await until(made[0].id);
      assert.deepEqual(seen.map((event) => event.booking_id).sort((a, b) => a - b), ids(made));
      assert.equal(new Set(seen.map((event) => event.event_id)).size, PLACES);
    });

    it('a storm of retries under one Idempotency-Key makes one booking', async (t) => {
      const { booking, token, session, date, book, until } = await scene(t);
      const answers = await Promise.all(Array.from({ length: REQUESTS }, () => book({ 'Idempotency-Key': 'storm-1' })));
      const made = answers.filter(({ status }) => status === 201);
      const running = answers.filter(({ status }) => status === 409);
      assert.equal(made.length + running.length, REQUESTS);
      assert.equal(made.filter(({ headers }) => !headers.has('Idempotency-Replayed')).length, 1);
      const later = await book({ 'Idempotency-Key': 'storm-1' });
      assert.equal(later.headers.get('Idempotency-Replayed'), 'true');
      for (const { body } of [...made, later]) assert.deepEqual(body, made[0].body);

      const { id } = made[0].body.data.booking;
      assert.deepEqual((await booking.bookings(token)).map((one) => one.id), [id]);
      assert.equal((await booking.availability(session.id, date)).current_capacity, 1);
      assert.deepEqual((await until(id)).map((event) => event.booking_id), [id]);
    });
  });
}
