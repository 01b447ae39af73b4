// The real clients, pointed at the server under test, and the application backend that they ask for signatures.

import './timers.mjs';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import Echo from 'laravel-echo';
import PusherSdk from 'pusher';
import PusherJs from 'pusher-js';
import { TIMEOUT, within } from './inbox.mjs';

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');

/** The npm `pusher` SDK of an application backend. */
export function newSdk(server, options = {}) {
  return new PusherSdk({
    appId: server.appId,
    key: server.key,
    secret: server.secret,
    host: server.host,
    port: String(server.port),
    useTLS: false,
    encryptionMasterKeyBase64: MASTER_KEY,
    ...options,
  });
}

/** A connecting pusher-js. `user` is what the backend will sign. The test's end disconnects it. */
export function newPusher(t, server, { backend, user, ...options } = {}) {
  const client = new PusherJs(options.key ?? server.key, {
    cluster: '',
    wsHost: server.host,
    wsPort: server.port,
    wsPath: server.path,
    forceTLS: false,
    enabledTransports: ['ws'],
    ...(backend && backend.options(user)),
    ...options,
  });
  t.after(() => client.disconnect());
  return client;
}

/** A pusher-js that is connected. */
export async function connected(t, server, options) {
  const client = newPusher(t, server, options);
  await state(client, 'connected');
  return client;
}

/** Waits until the connection is in the state. */
export function state(client, wanted) {
  return within(TIMEOUT, `state ${wanted} (it is ${client.connection.state})`, (resolve) => {
    if (client.connection.state === wanted) return resolve();
    const listener = ({ current }) => {
      if (current !== wanted) return;
      client.connection.unbind('state_change', listener);
      resolve();
    };
    client.connection.bind('state_change', listener);
  });
}

/** Subscribes with pusher-js and waits for the success. */
export function joined(client, name) {
  const channel = client.subscribe(name);
  return within(TIMEOUT, `subscription to ${name}`, (resolve, reject) => {
    channel.bind('pusher:subscription_succeeded', (data) => resolve(Object.assign(channel, { succeeded: data })));
    channel.bind('pusher:subscription_error', (error) => reject(new Error(JSON.stringify(error))));
  });
}

/** A Laravel Echo with `broadcaster: 'reverb'`. */
export async function newEcho(t, server, { backend, user, ...options } = {}) {
  const echo = new Echo({
    broadcaster: 'reverb',
    Pusher: PusherJs,
    key: server.key,
    wsHost: server.host,
    wsPort: server.port,
    wssPort: server.port,
    forceTLS: false,
    enabledTransports: ['ws', 'wss'],
    ...(backend && {
      authEndpoint: `${backend.url}/broadcasting/auth`,
      auth: { headers: backend.headers(user) },
      userAuthentication: { endpoint: `${backend.url}/broadcasting/user-auth`, headers: backend.headers(user) },
    }),
    ...options,
  });
  t.after(() => echo.disconnect());
  await state(echo.connector.pusher, 'connected');
  return echo;
}

/** Waits for the success of an Echo channel. */
export function subscribed(channel) {
  return within(TIMEOUT, `subscription to ${channel.name}`, (resolve) => channel.subscribed(() => resolve(channel)));
}

/**
 * The authorization endpoints of an application. The client says in the header `X-User` who it is; a channel with
 * `forbidden` in its name is answered with 403, one with `forged` with a wrong signature.
 */
export class Backend {
  requests = [];

  constructor(server) {
    this.server = server;
  }

  async start() {
    this.sdk = newSdk(this.server);
    this.http = createServer((request, answer) => this.#answer(request, answer));
    await new Promise((done) => this.http.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.http.address().port}`;
  }

  stop() {
    this.http.closeAllConnections();
    return new Promise((done) => this.http.close(done));
  }

  headers(user) {
    return user ? { 'X-User': encodeURIComponent(JSON.stringify(user)) } : {};
  }

  /** The options of pusher-js that lead here. */
  options(user) {
    const to = (path) => ({ endpoint: `${this.url}/broadcasting/${path}`, transport: 'ajax', headers: this.headers(user) });
    return { channelAuthorization: to('auth'), userAuthentication: to('user-auth') };
  }

  async #answer(request, answer) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = Object.fromEntries(new URLSearchParams(body));
    const user = JSON.parse(decodeURIComponent(request.headers['x-user'] ?? 'null'));
    this.requests.push({ path: request.url, headers: request.headers, form });
    const { status = 200, ...result } = this.#sign(request.url, form, user);
    answer.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(result));
  }

  #sign(path, { socket_id, channel_name }, user) {
    if (path === '/broadcasting/user-auth') return this.sdk.authenticateUser(socket_id, user);
    if (channel_name.includes('forbidden')) return { status: 403 };
    const member = channel_name.startsWith('presence-') && user?.user_id ? user : undefined;
    const signed = this.sdk.authorizeChannel(socket_id, channel_name, member);
    if (channel_name.includes('forged')) signed.auth = `${this.server.key}:${'0'.repeat(64)}`;
    return signed;
  }
}

/** A backend for the tests of one `describe` block. Call it after `useServer`. */
export function useBackend(server) {
  const backend = new Backend(server);
  before(() => backend.start());
  after(() => backend.stop());
  return backend;
}
