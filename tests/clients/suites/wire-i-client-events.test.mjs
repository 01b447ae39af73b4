// Checklist I: client events and malformed messages.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../harness/inbox.mjs';
import { useServer } from '../harness/server.mjs';
import { DEFAULT_MESSAGE_SIZE, clientEvents, tenPerSecond } from '../harness/settings.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

const CHANNEL = 'private-x';

/** Two subscribers of the channel. */
async function pair(t, server, channel = CHANNEL) {
  const wires = await openMany(server, 2, { t });
  for (const wire of wires) await wire.join(channel);
  return wires;
}

describe('Client events', () => {
  const server = useServer();

  it('[147] [148] reach the others only, and objects arrive as a string', async (t) => {
    const [sender, receiver] = await pair(t, server);
    sender.send({ event: 'client-foo', data: { a: 1, b: 'é' }, channel: CHANNEL });
    const frame = await receiver.expect('client-foo');
    assert.deepEqual({ ...frame }, { event: 'client-foo', channel: CHANNEL, data: '{"a":1,"b":"é"}' });
    await sender.quiet();
  });

  for (const [data, forwarded] of [[[1, 2], '[1,2]'], [7, '7'], [true, 'true'], ['text', 'text'], ['{"a": 1}', '{"a": 1}'], ['', '']]) {
    it(`[148] [149] ${JSON.stringify(data)} arrives as ${JSON.stringify(forwarded)}`, async (t) => {
      const [sender, receiver] = await pair(t, server);
      sender.send({ event: 'client-foo', data, channel: CHANNEL });
      assert.equal((await receiver.expect('client-foo')).data, forwarded);
    });
  }

  it('[150] [151] user_id is added on presence channels, and never the one of the sender', async (t) => {
    const [sender, receiver] = await openMany(server, 2, { t });
    await receiver.joinAs('presence-y', 'r');
    await sender.joinAs('presence-y', 118);
    await receiver.expect('pusher_internal:member_added');
    sender.send({ event: 'client-foo', data: { a: 1 }, channel: 'presence-y', user_id: 'forged', more: 1 });
    const frame = await receiver.expect('client-foo');
    assert.deepEqual({ ...frame }, { event: 'client-foo', channel: 'presence-y', data: '{"a":1}', user_id: '118' });
    const [left, right] = await pair(t, server);
    left.send({ event: 'client-foo', data: 'x', channel: CHANNEL, user_id: 'forged' });
    assert.deepEqual({ ...(await right.expect('client-foo')) }, { event: 'client-foo', channel: CHANNEL, data: 'x' });
  });

  const refused = [
    ['[152] to a channel that is not subscribed', { event: 'client-foo', data: {}, channel: 'private-other' }, 4009],
    ['[153] to a public channel', { event: 'client-foo', data: {}, channel: 'public' }],
    ['[154] whose name does not begin with client-', { event: 'foo', data: {}, channel: CHANNEL }],
    ['[154] whose name is client without a dash', { event: 'client', data: {}, channel: CHANNEL }],
    ['[158] in the name of Pusher', { event: 'pusher:foo', data: {}, channel: CHANNEL }],
    ['[158] in the internal name of Pusher', { event: 'pusher_internal:member_added', data: '{}', channel: CHANNEL }],
    ['without a channel', { event: 'client-foo', data: {} }],
    ['with a channel that is a number', { event: 'client-foo', data: {}, channel: 7 }],
  ];
  for (const [name, message, code] of refused) {
    it(`${name} are an error and are not forwarded`, async (t) => {
      const [sender, receiver] = await pair(t, server);
      for (const wire of [sender, receiver]) await wire.join('public');
      sender.send(message);
      await sender.error(code);
      sender.send({ event: 'client-marker', data: {}, channel: CHANNEL });
      await receiver.expect('client-marker');
      await sender.quiet();
    });
  }

  it('[153] to a user channel are an error', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.signedIn({ id: 'u1' });
    await wire.join('#server-to-user-u1');
    wire.send({ event: 'client-foo', data: {}, channel: '#server-to-user-u1' });
    await wire.error();
  });

  it('[157] over the limit of a message are an error, not a close', async (t) => {
    const [sender, receiver] = await pair(t, server);
    for (const size of [DEFAULT_MESSAGE_SIZE + 1, 10_241, 10 * DEFAULT_MESSAGE_SIZE]) {
      sender.send({ event: 'client-foo', data: 'x'.repeat(size), channel: CHANNEL });
      await sender.error();
    }
    sender.send({ event: 'client-marker', data: {}, channel: CHANNEL });
    await receiver.expect('client-marker');
  });

  it('[157] a message of exactly the limit passes', async (t) => {
    const [sender, receiver] = await pair(t, server);
    const message = { event: 'client-foo', channel: CHANNEL, data: '' };
    message.data = 'x'.repeat(DEFAULT_MESSAGE_SIZE - JSON.stringify(message).length);
    sender.send(message);
    assert.equal((await receiver.expect('client-foo')).data, message.data);
    sender.send({ ...message, data: `${message.data}x` });
    await sender.error();
  });

  it('a message far over the limit closes with 1009', async () => {
    const wire = await Wire.open(server);
    wire.send('x'.repeat(17 * DEFAULT_MESSAGE_SIZE));
    assert.equal((await wire.ended()).code, 1009);
  });

  const malformed = ['{', 'hello', '', '[]', '7', 'null', '"text"', '{}', '{"event":7}', '{"event":null}', '{"event":""}',
    '{"event":"pusher:subscribe"}', '{"event":"pusher:subscribe","data":7}', '{"event":"pusher:subscribe","data":"{"}',
    '{"event":"pusher:unsubscribe"}', '{"event":"pusher:signin"}', '{"event":"pusher:connection_established"}',
    '['.repeat(2_000)];
  for (const text of malformed) {
    it(`[159] ${JSON.stringify(text.slice(0, 60))} is an error, and the connection stays`, async (t) => {
      const wire = await Wire.open(server, { t });
      wire.send(text);
      await wire.error();
      await wire.quiet();
    });
  }

  it('[159] the error about malformed JSON begins as that of Reverb', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.send('{');
    assert.match((await wire.error(4200)).message, /^Invalid message format/);
  });

  it('[160] a binary frame neither crashes nor blocks the server', async (t) => {
    const wire = await Wire.open(server);
    wire.socket.send(Buffer.from([0, 255, 1, 2]), { binary: true });
    const other = await Wire.open(server, { t });
    await other.quiet();
    wire.socket.terminate();
  });

  it('[161] a message in several frames is reassembled', async (t) => {
    const wire = await Wire.open(server, { t });
    const text = '{"event":"pusher:subscribe","data":{"channel":"split"}}';
    for (const [n, letter] of [...text].entries()) wire.socket.send(letter, { fin: n === text.length - 1 });
    await wire.expect('pusher_internal:subscription_succeeded');
    await wire.quiet();
  });
});

describe('Client events switched off', () => {
  const server = useServer({ env: clientEvents('none') });

  it('[155] are an error 4301, and the connection stays', async (t) => {
    const [sender, receiver] = await pair(t, server);
    sender.send({ event: 'client-foo', data: {}, channel: CHANNEL });
    await sender.error(4301);
    await sender.quiet();
    await receiver.quiet();
  });
});

describe('Client events of everyone', () => {
  const server = useServer({ env: clientEvents('all') });

  it('pass on public channels', async (t) => {
    const [sender, receiver] = await pair(t, server, 'public');
    sender.send({ event: 'client-foo', data: { a: 1 }, channel: 'public' });
    const frame = await receiver.expect('client-foo');
    assert.deepEqual({ ...frame }, { event: 'client-foo', channel: 'public', data: '{"a":1}' });
    await sender.quiet();
  });

  it('pass without a subscription', async (t) => {
    const [sender, receiver] = await openMany(server, 2, { t });
    await receiver.join('public');
    sender.send({ event: 'client-foo', data: { a: 1 }, channel: 'public' });
    await receiver.expect('client-foo');
  });
});

describe('A rate limit', () => {
  const server = useServer({ env: tenPerSecond });

  it('[156] answers the 11th message of a second with 4301, and later ones pass', async (t) => {
    const [sender, receiver] = await pair(t, server);
    // All in one piece, and so in one second.
    sender.socket._socket.cork();
    for (let n = 0; n < 12; n += 1) sender.send({ event: 'client-foo', data: n, channel: CHANNEL });
    sender.socket._socket.uncork();
    await sender.error(4301);
    const later = { event: 'client-foo', data: 'later', channel: CHANNEL };
    const seen = () => receiver.frames.pending.map(({ data }) => data);
    await eventually('a message passes again', () => sender.send(later) ?? seen().includes('later'));
    const passed = seen().filter((data) => data !== 'later').length;
    assert.ok(passed >= 9 && passed <= 10, `${passed} passed`);
  });
});
