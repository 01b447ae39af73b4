// Checklist B: ping, pong, inactivity.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';
import { quickPing, strictPing, tenPerSecond } from '../harness/settings.mjs';
import { Wire } from '../harness/wire.mjs';

const PONG = '{"event":"pusher:pong","data":"{}"}';

describe('Pings of the client', () => {
  const server = useServer();

  const pings = [
    ['[32] with an object', '{"event":"pusher:ping","data":{}}'],
    ['[32] with a string', '{"event":"pusher:ping","data":"{}"}'],
    ['[33] without data, as the Java client sends it', '{"event":"pusher:ping"}'],
    ['[34] with blanks', '{"event": "pusher:ping" , "data" : { } }'],
  ];
  for (const [name, frame] of pings) {
    it(`${name} is answered with a pong`, async (t) => {
      const wire = await Wire.open(server, { t });
      wire.send(frame);
      assert.equal((await wire.expect('pusher:pong')).raw, PONG);
    });
  }

  it('[35] a Ping frame is answered by a Pong frame with the same payload', async (t) => {
    const wire = await Wire.open(server, { t });
    for (const payload of ['', 'hello', 'x'.repeat(125)]) {
      wire.socket.ping(payload);
      assert.equal(await wire.pongs.next('pong'), payload);
    }
    await wire.quiet();
  });

  it('[43] an unsolicited pong is ignored', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.send({ event: 'pusher:pong', data: {} });
    wire.send({ event: 'pusher:pong' });
    wire.socket.pong('nobody asked');
    await wire.quiet();
  });
});

describe('Ping frames under a rate limit', () => {
  const server = useServer({ env: tenPerSecond });

  it('[36] do not count', async (t) => {
    const wire = await Wire.open(server, { t });
    for (let count = 0; count < 300; count += 1) wire.socket.ping(String(count));
    await wire.pongs.until((payload) => payload === '299', 'the last pong');
    await wire.quiet();
  });
});

describe('Pings of the server', { concurrency: true }, () => {
  const server = useServer({ env: quickPing() });
  const strict = useServer({ env: strictPing });
  const slower = useServer({ env: quickPing(5) });

  it('[37] an idle connection gets a Ping frame together with a ping message', async (t) => {
    const wire = await Wire.open(server, { t, autoPong: false });
    const [payload, message] = await Promise.all([wire.pings.next('Ping frame'), wire.expect('pusher:ping')]);
    assert.equal(typeof payload, 'string');
    assert.equal(message.raw, '{"event":"pusher:ping","data":"{}"}');
  });

  it('[38] [45] a client that answers Ping frames only stays', async (t) => {
    const wire = await Wire.open(server, { t });
    for (let round = 0; round < 3; round += 1) await wire.pings.next('Ping frame');
    wire.subscribe('still-here');
    await wire.frames.until(({ event }) => event === 'pusher_internal:subscription_succeeded');
  });

  it('a client that pings with Ping frames itself, as Swift and .NET do, gets Ping frames only', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.socket.ping();
    await wire.pongs.next('Pong frame');
    // A message that came before the server could know does not count.
    while (wire.frames.pending.length > 0) await wire.expect('pusher:ping');
    while (wire.pings.pending.length > 0) await wire.pings.next();
    for (let round = 0; round < 3; round += 1) await wire.pings.next('Ping frame');
    await wire.quiet();
  });

  it('[39] a client that answers ping messages only stays', async (t) => {
    const wire = await Wire.open(server, { t, autoPong: false });
    for (let round = 0; round < 3; round += 1) {
      await wire.expect('pusher:ping');
      wire.send({ event: 'pusher:pong', data: {} });
    }
    wire.subscribe('still-here');
    await wire.frames.until(({ event }) => event === 'pusher_internal:subscription_succeeded');
  });

  it('[40] a client that answers nothing is told so and closed with 4201', async (t) => {
    const wire = await Wire.open(strict, { t, autoPong: false });
    await wire.expect('pusher:ping');
    await wire.error(4201);
    assert.equal((await wire.ended()).code, 4201);
  });

  it('[41] a client that only listens, and answers Ping frames, stays', async (t) => {
    const api = new Api(server);
    const wire = await Wire.open(server, { t });
    await wire.join('news');
    let sent = 0;
    const publishing = setInterval(() => api.trigger('news', 'tick', String((sent += 1))).catch(() => {}), 100);
    t.after(() => clearInterval(publishing));
    for (let round = 0; round < 3; round += 1) await wire.pings.next('Ping frame');
    clearInterval(publishing);
    await api.trigger('news', 'marker');
    await wire.frames.until((frame) => frame.event === 'marker');
  });

  it('[42] every frame of the client counts as activity', async (t) => {
    const wire = await Wire.open(slower, { t, autoPong: false });
    let sent = 0;
    const talking = setInterval(() => wire.subscribe(`topic-${(sent += 1)}`), 200);
    t.after(() => clearInterval(talking));
    for (let count = 0; count < 35; count += 1) await wire.expect('pusher_internal:subscription_succeeded');
    assert.deepEqual(wire.pings.pending, []);
  });
});
