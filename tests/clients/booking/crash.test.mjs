// The application is killed again and again under load, while the server comes and goes. Whatever was committed is
// told, nothing else is, and what is told twice can be recognised.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Booking, DATABASES, inDays } from '../harness/booking.mjs';
import { Gate } from '../harness/gate.mjs';
import { eventually } from '../harness/inbox.mjs';
import { joined, newPusher, state } from '../harness/sdk.mjs';
import { useServer } from '../harness/server.mjs';

const KILLS = 50;
const WORKERS = 4;
/** Milliseconds; how long the application lives between two kills. */
const LIFE = [5, 400];
const SEED = Number(process.env.GEMA_CRASH_SEED ?? Date.now() % 1_000_000);

for (const [name, database] of Object.entries(DATABASES)) {
  describe(`crashes, ${name}`, () => {
    const server = useServer();

    it(`tells what was committed, and nothing else, over ${KILLS} kills`, { timeout: 1_500_000 }, async (t) => {
      t.diagnostic(`GEMA_CRASH_SEED=${SEED}`);
      const random = generator(SEED);
      const gate = new Gate(server);
      await gate.open();
      t.after(() => gate.close());
      const store = database();
      t.after(() => store.drop());
      const env = { BROADCAST_TIMEOUT: '1', BOOKING_RELAY_POLL: '50', BOOKING_PENDING_MINUTES: '600' };
      const booking = await new Booking({ server, publisher: gate, database: store, env }).start();
      t.after(() => booking.stop());

      const admin = await booking.login(booking.admin);
      const [session] = (await booking.data(200, 'GET', '/api/v1/sessions')).sessions;
      const path = `/api/v1/admin/sessions/${session.id}`;
      await booking.data(200, 'PATCH', path, { token: admin, body: { max_capacity: 100_000 } });
      const customer = await booking.register('Rini');
      const listener = await new Listener(t, server, customer.user.id).listen();

      const load = new Load(booking, customer.token, session.id);
      const version = async (date) => (await booking.availability(session.id, date)).version;
      const first = await Promise.all(load.dates.map(version));
      load.begin();
      for (let kill = 0; kill < KILLS; kill += 1) {
        if (kill % 10 === 4) await outage({ server, gate, booking, listener, random });
        else if (kill % 10 === 9) await freeze({ server, random });
        await pause(between(random, LIFE));
        await booking.end('SIGKILL');
        await booking.start();
      }
      await load.end();

      const committed = await booking.bookings(customer.token);
      assert.ok(committed.length >= KILLS, `only ${committed.length} bookings were made`);
      await eventually('all that was committed is told', () => listener.missing(committed).length === 0)
        .catch((error) => {
          throw new Error(`${error.message}; missing: ${listener.missing(committed).slice(0, 5).join('; ')}`);
        });
      for (const [at, date] of load.dates.entries()) {
        const changes = (await version(date)) - first[at];
        assert.ok(changes > 0);
        await eventually(
          `all ${changes} changes of ${date} are told`,
          () => listener.versions(session.id, date).size === changes,
        );
      }
      listener.checkIds();
      listener.checkOrder();
      const known = new Set(committed.map(({ id, booking_code: code }) => `${id} ${code}`));
      for (const { data } of listener.bookings) assert.ok(known.has(`${data.booking_id} ${data.booking_code}`));
      assert.ok(load.unanswered > 0, 'no request was cut off: the kills hit nothing');
      t.diagnostic(
        `${committed.length} bookings, ${load.unanswered} requests without an answer, ` +
          `${listener.events.length} events, ${listener.duplicates} of them a second time`,
      );
    });
  });
}

/** The server is away for a while, and comes back before the publisher may reach it: only who is there can receive. */
async function outage({ server, gate, booking, listener, random }) {
  await gate.close();
  await server.end();
  await pause(between(random, LIFE));
  await booking.end('SIGKILL');
  await booking.start();
  await server.start();
  await listener.reconnect();
  await gate.open();
}

/** The server takes requests and does not answer in time; it does them all when it goes on. */
async function freeze({ server, random }) {
  server.signal('SIGSTOP');
  await pause(1_000 + between(random, LIFE));
  server.signal('SIGCONT');
}

/** A stock pusher-js client that keeps all it hears. */
class Listener {
  events = [];
  #pusher;
  #names;

  constructor(t, server, userId) {
    this.#pusher = newPusher(t, server, {
      channelAuthorization: {
        customHandler: ({ channelName, socketId }, done) =>
          done(null, { auth: server.auth(`${socketId}:${channelName}`) }),
      },
    });
    this.#names = ['availability', `private-user.${userId}`, `private-booking.${userId}`];
  }

  async listen() {
    await state(this.#pusher, 'connected');
    for (const name of this.#names) {
      const channel = await joined(this.#pusher, name);
      channel.bind_global((event, data) => {
        if (!event.startsWith('pusher:')) this.events.push({ channel: name, event, data });
      });
    }
    return this;
  }

  async reconnect() {
    this.#pusher.disconnect();
    const back = this.#names.map(
      (name) =>
        new Promise((done) => {
          const channel = this.#pusher.channel(name);
          const listener = () => {
            channel.unbind('pusher:subscription_succeeded', listener);
            done();
          };
          channel.bind('pusher:subscription_succeeded', listener);
        }),
    );
    this.#pusher.connect();
    await Promise.all(back);
  }

  get bookings() {
    return this.events.filter(({ event }) => event === 'BookingStatusUpdated');
  }

  /** What these bookings should have caused and what was not heard. */
  missing(bookings) {
    const heard = new Set(this.bookings.map(({ channel, data }) => `${channel} ${data.booking_id} ${data.status}`));
    return bookings.flatMap(({ id, status }) =>
      this.#names
        .slice(1)
        .flatMap((channel) => [...new Set(['pending', status])].map((passed) => `${channel} ${id} ${passed}`))
        .filter((expected) => !heard.has(expected)),
    );
  }

  versions(session, date) {
    const heard = this.events.filter(
      ({ event, data }) => event === 'AvailabilityUpdated' && data.session_id === session && data.date === date,
    );
    return new Set(heard.map(({ data }) => data.version));
  }

  get duplicates() {
    return this.events.length - new Set(this.events.map(({ channel, data }) => `${channel} ${data.event_id}`)).size;
  }

  /** One event has one id, and one id is one event. */
  checkIds() {
    const [ids, contents] = [new Map(), new Map()];
    for (const { event, data } of this.events) {
      const { event_id: id, ...rest } = data;
      assert.match(id, /^[0-9a-f-]{36}$/);
      const content = JSON.stringify([event, rest]);
      assert.equal(contents.get(id) ?? content, content, 'one id, two events');
      assert.equal(ids.get(content) ?? id, id, 'one event, two ids');
      contents.set(id, content);
      ids.set(content, id);
    }
  }

  /** Without the repetitions, the versions of a day come in their order. */
  checkOrder() {
    const last = new Map();
    const seen = new Set();
    for (const { event, data } of this.events) {
      if (event !== 'AvailabilityUpdated' || seen.has(data.event_id)) continue;
      seen.add(data.event_id);
      const key = `${data.session_id} ${data.date}`;
      assert.ok(data.version > (last.get(key) ?? 0), `${key}: version ${data.version} after ${last.get(key)}`);
      last.set(key, data.version);
    }
  }
}

/** Customers who book, and sometimes cancel, whether they get an answer or not. */
class Load {
  dates = [inDays(20), inDays(21)];
  unanswered = 0;
  #running = true;
  #workers;
  #work;

  constructor(booking, token, sessionId) {
    this.#work = (worker) => this.#bookings(booking, token, sessionId, worker);
  }

  begin() {
    this.#workers = Array.from({ length: WORKERS }, (_, at) => this.#work(at));
  }

  async end() {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  async #bookings(booking, token, sessionId, worker) {
    for (let turn = 0; this.#running; turn += 1) {
      const body = { session_id: sessionId, booking_date: this.dates[turn % 2] };
      try {
        const made = await booking.request('POST', '/api/v1/bookings', { token, body });
        assert.equal(made.status, 201);
        if (turn % 4 !== worker) continue;
        await booking.request('POST', `/api/v1/bookings/${made.body.data.booking.id}/cancel`, { token });
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        this.unanswered += 1;
        await pause(5);
      }
    }
  }
}

/** Time that passes; nothing is waited for. */
function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function between(random, [least, most]) {
  return least + random() * (most - least);
}

/** Numbers from 0 to 1 that depend on the seed only (mulberry32). */
function generator(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
