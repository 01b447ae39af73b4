// The booking application as a child process, on either database, and its API.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { TIMEOUT } from './inbox.mjs';
import { Process } from './process.mjs';

/** One booking service with demo accounts, which publishes to `publisher` (a server, or a gate before it). */
export class Booking extends Process {
  #server;
  #publisher;
  #settings;
  #database;

  constructor({ server, publisher = server, database, env = {} }) {
    super(process.env.BOOKING_BIN ?? '../../target/debug/booking');
    this.#server = server;
    this.#publisher = publisher;
    this.#database = database;
    this.#settings = env;
  }

  /** The administrator, with the password that the first start has shown. */
  get admin() {
    const email = 'admin@example.com';
    const [, password] = this.log.match(/admin@example\.com +(\S+)/);
    return { email, password };
  }

  command() {
    return {
      args: this.log === '' ? ['serve', '--demo'] : ['serve'],
      env: {
        DATABASE_URL: this.#database.url(this.directory),
        BOOKING_HOST: this.host,
        BOOKING_PORT: String(this.port),
        BOOKING_METRICS: '',
        BOOKING_RATE_LIMIT: '1000000',
        BOOKING_MAX_PENDING: '1000000',
        BROADCAST_CONNECTION: 'reverb',
        REVERB_APP_ID: this.#server.appId,
        REVERB_APP_KEY: this.#server.key,
        REVERB_APP_SECRET: this.#server.secret,
        REVERB_HOST: this.#publisher.host,
        REVERB_PORT: String(this.#publisher.port),
        REVERB_SCHEME: 'http',
        ...this.#settings,
      },
    };
  }

  /** Sends a request; `{ status, headers, body }`. */
  async request(method, path, { token, body, headers = {} } = {}) {
    const answer = await fetch(`${this.http}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  }

  /** The same, which must succeed with `expected`; the `data` of the answer. */
  async data(expected, method, path, options) {
    const { status, body } = await this.request(method, path, options);
    if (status !== expected) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body.data;
  }

  /** The token of an account. */
  async login({ email, password }) {
    const { token } = await this.data(200, 'POST', '/api/v1/auth/login', { body: { email, password } });
    return token;
  }

  /** A new account: `{ token, user }`. */
  async register(name) {
    const email = `${name}.${randomBytes(4).toString('hex')}@example.com`;
    const body = { name, email, password: 'correct horse' };
    return this.data(201, 'POST', '/api/v1/auth/register', { body });
  }

  /** All bookings that the token may see. */
  async bookings(token) {
    const bookings = [];
    for (let page = 1; ; page += 1) {
      const path = `/api/v1/bookings?per_page=100&page=${page}`;
      const { status, body } = await this.request('GET', path, { token });
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
      bookings.push(...body.data.bookings);
      if (page >= body.meta.last_page) return bookings;
    }
  }

  /** The availability of one session on one day. */
  async availability(session, date) {
    const { availability } = await this.data(200, 'GET', `/api/v1/availability?date=${date}`);
    return availability.find((entry) => entry.session_id === session);
  }

  /** What pusher-js needs to authorize channels as the owner of the token. */
  authorization(token) {
    return {
      channelAuthorization: {
        endpoint: `${this.http}/api/broadcasting/auth`,
        transport: 'ajax',
        headers: { Authorization: `Bearer ${token}` },
      },
    };
  }
}

/** The databases that the application runs on; each call is a new, empty one. */
export const DATABASES = {
  SQLite: () => ({ url: (directory) => `sqlite:${directory}/booking.sqlite3`, drop() {} }),
  PostgreSQL: () => {
    const administration = process.env.GEMA_TEST_POSTGRES;
    if (!administration) throw new Error('GEMA_TEST_POSTGRES is not set: run this within scripts/with-postgres');
    const name = `booking_${randomBytes(6).toString('hex')}`;
    const sql = (text) => execFileSync('psql', ['--quiet', '--no-psqlrc', administration, '--command', text]);
    sql(`CREATE DATABASE ${name}`);
    const url = new URL(administration);
    url.pathname = `/${name}`;
    return { url: () => url.href, drop: () => sql(`DROP DATABASE ${name} WITH (FORCE)`) };
  },
};

/** A day in the future, as `YYYY-MM-DD`. */
export function inDays(days) {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
