// Deliberate differences from Reverb and from hosted Pusher that the checklist does not reach: see docs/protocol.md.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { Api, exchange } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';
import { clientEvents, maxRequestSize } from '../harness/settings.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

describe('Differences of the WebSocket', () => {
  const server = useServer();
  const api = new Api(server);

  it('the answer to the upgrade names Gema', async (t) => {
    const wire = new Wire(server);
    t.after(() => wire.socket.terminate());
    assert.equal((await wire.upgraded).headers['x-powered-by'], 'Gema');
  });

  it('[9] an empty protocol is refused with 4007, a missing one is not', async () => {
    const wire = new Wire(server, { query: 'protocol=&client=js' });
    await wire.error(4007);
    assert.equal((await wire.ended()).code, 4007);
  });

  it('[24] [254] the addresses of the fallback transports are answered with 404', async () => {
    for (const path of [`/pusher/app/${server.key}/123/abcdefgh/xhr_streaming`, `/pusher/app/${server.key}/123/abcdefgh/xhr`, `/app/${server.key}/123/abcdefgh/xhr_send`]) {
      assert.equal((await exchange(server, 'POST', `${path}?protocol=7&t=1&n=1`, '')).status, 404, path);
    }
    assert.equal((await exchange(server, 'GET', `/app/${server.key}/`)).status, 404);
  });

  it('[156] without a rate limit a burst of client events passes', async (t) => {
    const [sender, receiver] = await openMany(server, 2, { t });
    for (const wire of [sender, receiver]) await wire.join('private-burst');
    for (let n = 0; n < 50; n += 1) sender.send({ event: 'client-n', data: n, channel: 'private-burst' });
    for (let n = 0; n < 50; n += 1) assert.equal((await receiver.expect('client-n')).data, String(n));
    await sender.quiet();
  });

  it('a client event without data arrives with null', async (t) => {
    const [sender, receiver] = await openMany(server, 2, { t });
    for (const wire of [sender, receiver]) await wire.join('private-bare');
    sender.send({ event: 'client-bare', channel: 'private-bare' });
    assert.equal((await receiver.expect('client-bare')).data, 'null');
  });

  it('[109] a presence channel takes the 101st member', async (t) => {
    const wires = await openMany(server, 101, { t });
    let last;
    for (const [n, wire] of wires.entries()) last = await wire.joinAs('presence-crowd', `u${n}`);
    assert.equal(last.count, 101);
  });

  it('[111] a member may have more than a kilobyte', async (t) => {
    const wire = await Wire.open(server, { t });
    const { hash } = await wire.joinAs('presence-large', 'a', 'x'.repeat(2_000));
    assert.equal(hash.a.length, 2_000);
  });

  it('a member that leaves does not replace the cached event', async (t) => {
    const [one, two, late] = await openMany(server, 3, { t });
    for (const [n, wire] of [one, two].entries()) await wire.joinAs('presence-cache-left', `u${n}`);
    await api.trigger('presence-cache-left', 'last', 'text');
    two.unsubscribe('presence-cache-left');
    await one.frames.until(({ event }) => event === 'pusher_internal:member_removed');
    await late.joinAs('presence-cache-left', 'late');
    assert.equal((await late.expect('last')).data, 'text');
  });

  it('the connection of a user that is ended is told why before it is closed', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.signedIn({ id: 'told' });
    await api.post('/users/told/terminate_connections', {});
    await wire.error(4009);
    assert.equal((await wire.ended()).code, 4009);
  });
});

describe('Differences of client events of everyone', () => {
  const server = useServer({ env: clientEvents('all') });

  it('other fields of the sender are dropped: no forged user_id, no second channel', async (t) => {
    const [sender, receiver, other] = await openMany(server, 3, { t });
    await receiver.join('public');
    await other.join('another');
    sender.send({ event: 'client-foo', data: 'x', channel: 'public', channels: ['another'], user_id: 'forged', more: 1 });
    assert.deepEqual({ ...(await receiver.expect('client-foo')) }, { event: 'client-foo', channel: 'public', data: 'x' });
    await other.quiet();
  });
});

describe('Differences of the HTTP API', () => {
  const server = useServer();
  const api = new Api(server);

  it('endpoints that Pusher has deprecated do not exist', async () => {
    assert.equal((await api.post('/channels/x/events', 'data')).status, 404);
    assert.equal((await api.get('/channels/x/stats')).status, 404);
  });

  it('unknown names in info and unknown parameters are ignored', async () => {
    assert.deepEqual((await api.get('/channels/x', { info: 'colour,subscription_count' })).json, { occupied: false, subscription_count: 0 });
    assert.deepEqual((await api.get('/channels/presence-x/users', { info: 'user_count' })).json, { users: [] });
  });

  it('every refusal is an object of a field and a list of texts', async () => {
    const md5 = createHash('md5').update('x').digest('hex');
    const answers = [
      [404, api.get('/nothing')],
      [405, api.call('PUT', `${api.app}/events`)],
      [400, api.post('/events', { name: 'e', channel: 'x' })],
      [401, api.post('/events', { name: 'e', data: 'd', channel: 'x' }, { sign: { md5 } })],
      [404, api.call('GET', '/apps/0/channels')],
      [413, api.post('/events', { name: 'e', data: 'x'.repeat(20_000), channel: 'x' })],
      [426, exchange(server, 'GET', `/app/${server.key}`)],
    ];
    for (const [status, answering] of answers) {
      const answer = await answering;
      assert.equal(answer.status, status, answer.text);
      const [[field, texts], ...more] = Object.entries(answer.json);
      assert.deepEqual([more.length, texts.length], [0, 1], answer.text);
      assert.ok(field.length > 0 && texts[0].length > 0, answer.text);
      assert.match(answer.headers['content-type'], /^application\/json/);
    }
  });
});

describe('A size of requests that is set', () => {
  const server = useServer({ env: maxRequestSize(200_000) });
  const api = new Api(server);

  it('is that of an event as well, as with Reverb', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('large');
    const data = 'x'.repeat(150_000);
    await api.trigger('large', 'hello', data);
    assert.equal((await wire.expect('hello')).data, data);
    const { status, text } = await api.post('/events', { name: 'e', data: 'x'.repeat(200_000), channel: 'large' });
    assert.equal(status, 413);
    assert.match(text, /REVERB_MAX_REQUEST_SIZE/);
  });
});
