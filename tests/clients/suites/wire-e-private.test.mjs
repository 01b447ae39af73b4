// Checklist E: private and encrypted channels.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';
import { Wire } from '../harness/wire.mjs';

const KINDS = ['private-x', 'private-cache-x', 'private-encrypted-x', 'private-encrypted-cache-x'];

/** The subscription is refused: one error, and the per-channel error unless the channel is encrypted. */
async function denied(wire, channel) {
  const { message } = await wire.error(4009);
  if (!channel.startsWith('private-encrypted-')) {
    const frame = await wire.expect('pusher:subscription_error');
    assert.equal(frame.channel, channel);
    const { type, error, status } = JSON.parse(frame.data);
    assert.deepEqual([type, status], ['AuthError', 401]);
    assert.ok(error.length > 0);
  }
  await wire.quiet();
  return message;
}

describe('Private and encrypted channels', () => {
  const server = useServer();
  const api = new Api(server);

  for (const channel of KINDS) {
    it(`[73] [83] [86] ${channel} is granted to a valid signature`, async (t) => {
      const wire = await Wire.open(server, { t });
      assert.equal((await wire.join(channel)).data, '{}');
      if (channel.includes('cache')) await wire.expect('pusher:cache_miss');
      await api.trigger(channel, 'hello', 'text');
      await wire.expect('hello');
    });

    const spoilt = [
      ['[74] one flipped digit', (auth) => auth.slice(0, -1) + (auth.endsWith('0') ? '1' : '0')],
      ['[75] upper-case hex', (auth) => auth.replace(/:.*/, (hex) => hex.toUpperCase())],
      ['[75] a missing colon', (auth) => auth.replace(':', '')],
      ['[75] an empty auth', () => ''],
      ['[75] a signature cut short', (auth) => auth.slice(0, -2)],
    ];
    for (const [name, spoil] of spoilt) {
      it(`[81] [82] [86] ${channel} is refused to ${name}`, async (t) => {
        const wire = await Wire.open(server, { t });
        wire.subscribe(channel, { auth: spoil(wire.auth(channel)) });
        await denied(wire, channel);
        await wire.join('marker');
        await api.trigger([channel, 'marker'], 'hello');
        assert.equal((await wire.expect('hello')).channel, 'marker');
        await wire.quiet();
      });
    }
  }

  it('[75] a missing auth is an error', async (t) => {
    for (const auth of [{}, { auth: null }]) {
      const wire = await Wire.open(server, { t });
      wire.send({ event: 'pusher:subscribe', data: { channel: 'private-x', ...auth } });
      await denied(wire, 'private-x');
    }
  });

  it('a refused channel can be asked for again with a valid signature', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.subscribe('private-x', { auth: `${server.key}:bad` });
    await denied(wire, 'private-x');
    await wire.join('private-x');
  });

  it('[76] the key of another application in front is named in the error', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.subscribe('private-x', { auth: wire.auth('private-x').replace(server.key, 'another-key') });
    assert.match(await denied(wire, 'private-x'), /key/i);
  });

  it('[77] a signature for another socket is refused', async (t) => {
    const [one, two] = [await Wire.open(server, { t }), await Wire.open(server, { t })];
    two.subscribe('private-x', { auth: one.auth('private-x') });
    await denied(two, 'private-x');
  });

  it('[78] a signature for another channel is refused', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.subscribe('private-x', { auth: wire.auth('private-y') });
    await denied(wire, 'private-x');
  });

  it('[79] a signature over channel_data is accepted on a private channel', async (t) => {
    const wire = await Wire.open(server, { t });
    assert.equal((await wire.join('private-x', { channelData: '{"user_id": "7", "x": "é"}' })).data, '{}');
  });

  it('[80] with channel_data a signature without it is refused', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.subscribe('private-x', { auth: wire.auth('private-x'), channelData: '{"user_id":"7"}' });
    await denied(wire, 'private-x');
  });

  it('[84] data on encrypted channels passes byte for byte', async (t) => {
    const wire = await Wire.open(server, { t });
    const data = '{"nonce":"4sVYwy4j/8dCcjyxtPCWyk19GaaViaW9","ciphertext":"/GMESnFGlbNn01BuBjp31XYa3i9vZsGKR8fgR9EDhXKx3lzGiUD501A="}';
    await wire.join('private-encrypted-x');
    await api.trigger('private-encrypted-x', 'sealed', data);
    assert.deepEqual({ ...(await wire.expect('sealed')) }, { event: 'sealed', channel: 'private-encrypted-x', data });
  });

  it('[85] a shared_secret of a foreign client is neither logged nor forwarded', async (t) => {
    const [one, two] = [await Wire.open(server, { t }), await Wire.open(server, { t })];
    await two.join('private-encrypted-x');
    await one.join('private-encrypted-x', { shared_secret: 'c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU=' });
    await two.quiet();
    assert.ok(!server.log.includes('c2VjcmV0'));
  });

  it('[61] a second subscribe to a private channel is an error', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('private-x');
    wire.subscribe('private-x');
    assert.match((await wire.refusal()).message, /existing subscription/i);
  });
});
