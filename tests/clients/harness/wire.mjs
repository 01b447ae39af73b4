// A bare WebSocket that speaks the Pusher protocol frame by frame, and checks what holds for every frame.

import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { Inbox, TIMEOUT, within } from './inbox.mjs';

const QUERY = 'protocol=7&client=js&version=8.6.0&flash=false';

/** One connection. Frames are `{ event, data?, channel?, user_id?, raw }` with `data` as on the wire. */
export class Wire {
  frames = new Inbox();
  /** Payloads of the protocol's Ping and Pong frames. */
  pings = new Inbox();
  pongs = new Inbox();
  socketId = null;

  constructor(server, { key = server.key, path = `/app/${key}`, query = QUERY, headers, autoPong = true } = {}) {
    this.server = server;
    this.socket = new WebSocket(`${server.ws}${path}${query ? `?${query}` : ''}`, {
      headers,
      autoPong,
      perMessageDeflate: false,
    });
    this.closed = new Promise((done) => {
      this.socket.on('close', (code, reason) => {
        this.frames.fail(new Error(`closed with ${code} ${reason}`));
        this.pings.fail(new Error(`closed with ${code} ${reason}`));
        done({ code, reason: reason.toString() });
      });
    });
    this.upgraded = new Promise((done) => this.socket.once('upgrade', done));
    this.refused = new Promise((done) => {
      this.socket.once('unexpected-response', (request, answer) => {
        done(answer.statusCode);
        request.destroy();
      });
    });
    this.socket.on('error', (error) => this.frames.fail(error));
    this.socket.on('ping', (payload) => this.pings.push(payload.toString()));
    this.socket.on('pong', (payload) => this.pongs.push(payload.toString()));
    this.socket.on('message', (bytes, binary) => {
      try {
        this.frames.push(checked(bytes, binary));
      } catch (error) {
        this.frames.fail(error);
      }
    });
  }

  /** Connects and takes the first frame. */
  static async open(server, options = {}) {
    const wire = new Wire(server, options);
    options.t?.after(() => wire.socket.terminate());
    const first = await wire.expect('pusher:connection_established');
    wire.socketId = JSON.parse(first.data).socket_id;
    wire.first = first;
    return wire;
  }

  send(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The very next frame, which must be `event`. */
  async expect(event, timeout = TIMEOUT) {
    const frame = await this.frames.next(`frame ${event}`, timeout);
    assert.equal(frame.event, event, `expected ${event}, got ${frame.raw}`);
    return frame;
  }

  /** The very next frame, which must be an error; its `{ code, message }`. */
  async error(code) {
    const { data } = await this.expect('pusher:error');
    if (code !== undefined) assert.equal(data.code, code, JSON.stringify(data));
    return data;
  }

  /** An error, for a subscribe also that of the channel, and then nothing: the connection goes on. */
  async refusal(code) {
    const data = await this.error(code);
    this.send({ event: 'pusher:ping', data: {} });
    const { event, raw } = await this.frames.next('pong');
    if (event === 'pusher:subscription_error') await this.expect('pusher:pong');
    else assert.equal(event, 'pusher:pong', raw);
    return data;
  }

  /** Nothing came before the answer to a ping that is sent now: all that went before has no reply. */
  async quiet() {
    this.send({ event: 'pusher:ping', data: {} });
    await this.expect('pusher:pong');
  }

  /** Sends a subscribe without waiting. Signs it unless `auth` is given. */
  subscribe(channel, { auth, channelData, ...more } = {}) {
    const data = { auth: auth ?? this.auth(channel, channelData), channel, ...more };
    if (channelData !== undefined) data.channel_data = channelData;
    this.send({ event: 'pusher:subscribe', data });
  }

  /** Subscribes and takes the success frame, which it returns. */
  async join(channel, options) {
    this.subscribe(channel, options);
    const frame = await this.expect('pusher_internal:subscription_succeeded');
    assert.equal(frame.channel, channel);
    return frame;
  }

  /** Joins a presence channel and returns the `presence` object of the success frame. */
  async joinAs(channel, user_id, user_info) {
    const channelData = JSON.stringify(user_info === undefined ? { user_id } : { user_id, user_info });
    return JSON.parse((await this.join(channel, { channelData })).data).presence;
  }

  unsubscribe(channel) {
    this.send({ event: 'pusher:unsubscribe', data: { channel } });
  }

  /** Sends a sign-in without waiting. `user` may be a ready string. */
  signin(user, auth) {
    const user_data = typeof user === 'string' ? user : JSON.stringify(user);
    const signature = auth ?? this.server.auth(`${this.socketId}::user::${user_data}`);
    this.send({ event: 'pusher:signin', data: { auth: signature, user_data } });
    return user_data;
  }

  /** Signs in and takes the success frame. */
  async signedIn(user) {
    this.signin(user);
    return this.expect('pusher:signin_success');
  }

  /** The token for a channel; empty for public ones. */
  auth(channel, channelData) {
    if (!/^(private|presence)-/.test(channel)) return '';
    const text = `${this.socketId}:${channel}`;
    return this.server.auth(channelData ? `${text}:${channelData}` : text);
  }

  /** Waits for the end of the connection. */
  ended(timeout = TIMEOUT) {
    return within(timeout, 'close', (done) => this.closed.then(done));
  }

  /** Closes as a client does and waits for the server's half. */
  close(code = 1000) {
    this.socket.close(code);
    return this.ended();
  }
}

/** Connects `count` clients. */
export function openMany(server, count, options) {
  return Promise.all(Array.from({ length: count }, () => Wire.open(server, options)));
}

/** Parses a frame and checks the shape that every frame of the server has ([28], [29], [30]). */
function checked(bytes, binary) {
  const raw = bytes.toString();
  assert.equal(binary, false, `the server sent a binary frame: ${raw}`);
  const frame = JSON.parse(raw);
  assert.equal(typeof frame.event, 'string', `frame without an event: ${raw}`);
  if (frame.event === 'pusher:error') {
    assert.equal(typeof frame.data, 'object', `data of an error must be an object: ${raw}`);
    assert.equal(typeof frame.data.message, 'string', raw);
    assert.ok(frame.data.code === null || typeof frame.data.code === 'number', raw);
  } else if ('data' in frame) {
    assert.equal(typeof frame.data, 'string', `data must be a string: ${raw}`);
  }
  return Object.defineProperty(frame, 'raw', { value: raw, enumerable: false });
}
