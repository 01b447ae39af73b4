// Checklist L: queries.

import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { describe, it } from 'node:test';
import { Api, exchange, plain } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

/** The status of a GET over a given agent. */
function status(server, agent, path) {
  return new Promise((resolve, reject) => {
    get({ agent, host: server.host, port: server.port, path }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    }).on('error', reject);
  });
}

describe('Queries', () => {
  const server = useServer();
  const api = new Api(server);
  const answer = async (path, query) => {
    const { status: code, json, text } = await api.get(path, query);
    assert.equal(code, 200, text);
    return json;
  };

  it('[208] without a channel the list is an object', async () => {
    const list = await api.get('/channels');
    assert.deepEqual([list.status, list.text], [200, '{"channels":{}}']);
  });

  it('[209] [210] only occupied channels are listed, with a filter and a count', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    await one.join('listed');
    await one.joinAs('presence-listed', 'a');
    await two.joinAs('presence-listed', 'a');
    await two.join('left');
    two.unsubscribe('left');
    await two.quiet();
    await api.trigger('cache-vacant', 'kept');
    assert.deepEqual(await answer('/channels'), { channels: { listed: {}, 'presence-listed': {} } });
    assert.deepEqual(await answer('/channels', { filter_by_prefix: 'presence-' }), { channels: { 'presence-listed': {} } });
    assert.deepEqual(await answer('/channels', { filter_by_prefix: 'presence-', info: 'user_count' }), { channels: { 'presence-listed': { user_count: 1 } } });
    assert.deepEqual(await answer('/channels', { filter_by_prefix: 'none-' }), { channels: {} });
  });

  const invalid = [
    ['[211] user_count without a presence prefix', '/channels', { info: 'user_count' }],
    ['[211] user_count with another prefix', '/channels', { info: 'user_count', filter_by_prefix: 'private-' }],
    ['[213] user_count of a public channel', '/channels/plain', { info: 'user_count' }],
    ['[218] users of a public channel', '/channels/plain/users', {}],
    ['[218] users of a private channel', '/channels/private-plain/users', {}],
    ['an illegal channel', '/channels/a b', {}],
  ];
  for (const [name, path, query] of invalid) {
    it(`${name} is refused with 400`, async () => {
      const { status: code, json, text } = await api.get(path, query);
      assert.equal(code, 400, text);
      assert.equal(typeof json, 'object', text);
    });
  }

  it('[212] a channel tells whether it is occupied', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('occupied');
    assert.deepEqual(await answer('/channels/occupied'), { occupied: true });
    assert.deepEqual(await answer('/channels/unknown'), { occupied: false });
  });

  it('[214] subscription_count counts connections', async (t) => {
    for (const wire of await openMany(server, 3, { t })) await wire.join('counted');
    assert.deepEqual(await answer('/channels/counted', { info: 'subscription_count' }), { occupied: true, subscription_count: 3 });
    assert.deepEqual(await answer('/channels/unknown', { info: 'subscription_count' }), { occupied: false, subscription_count: 0 });
  });

  it('[212] user_count counts users', async (t) => {
    for (const wire of await openMany(server, 3, { t })) await wire.joinAs('presence-counted', 'same');
    assert.deepEqual(await answer('/channels/presence-counted', { info: 'user_count' }), { occupied: true, user_count: 1 });
    const both = await answer('/channels/presence-counted', { info: 'user_count,subscription_count' });
    assert.deepEqual(both, { occupied: true, user_count: 1, subscription_count: 3 });
  });

  it('[215] cache shows what is stored and for how long', async () => {
    assert.equal((await answer('/channels/cache-empty', { info: 'cache' })).cache, null);
    await api.trigger('cache-full', 'hello', '{"a":1}');
    const { cache } = await answer('/channels/cache-full', { info: 'cache' });
    assert.equal(cache.data, '{"a":1}');
    assert.ok(Number.isInteger(cache.ttl) && cache.ttl > 0, `${cache.ttl}`);
  });

  it('[216] users are listed once, with string ids', async (t) => {
    const wires = await openMany(server, 3, { t });
    for (const [n, id] of [7, 'b', '7'].entries()) await wires[n].joinAs('presence-users', id);
    const { users } = await answer('/channels/presence-users/users');
    assert.deepEqual(users.map(({ id }) => id).sort(), ['7', 'b']);
  });

  it('[217] a presence channel that nobody is in has no users', async () => {
    assert.deepEqual(await answer('/channels/presence-nobody/users'), { users: [] });
  });

  it('the number of connections is told, as Reverb does', async (t) => {
    await openMany(server, 3, { t });
    const { connections } = await answer('/connections');
    assert.ok(Number.isInteger(connections) && connections >= 3, `${connections}`);
  });

  it('[220] 1 000 requests pass over one connection, also after errors', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set();
    agent.on('free', (socket) => sockets.add(socket));
    const path = `${api.app}/channels`;
    const good = `${path}?${plain(api.signed('GET', path, {}, undefined))}`;
    for (let n = 0; n < 1_000; n += 1) {
      // Fewer than what would be answered with 429.
      const [target, code] = n % 25 === 1 ? [path, 401] : [[good, 200], ['/nothing', 404]][n % 2];
      assert.equal(await status(server, agent, target), code);
    }
    assert.equal(sockets.size, 1);
    agent.destroy();
  });

  it('[221] an unknown application is 404 or 401, an unknown path 404', async () => {
    assert.ok([401, 404].includes((await exchange(server, 'GET', '/apps/0/channels')).status));
    assert.equal((await api.get('/nothing')).status, 404);
    for (const path of ['/nothing', '/apps', '/apps/', '/channels']) {
      assert.equal((await exchange(server, 'GET', path)).status, 404, path);
    }
  });

  it('[221] a wrong method is refused, never 500', async () => {
    for (const [method, path] of [['POST', '/channels'], ['GET', '/events'], ['DELETE', '/events'], ['PUT', '/users/x/terminate_connections']]) {
      const { status: code } = await api.call(method, `${api.app}${path}`);
      assert.ok([404, 405].includes(code), `${method} ${path}: ${code}`);
    }
  });

  it('[222] every success is 200 with a JSON object', async () => {
    const calls = [
      api.get('/channels'), api.get('/channels/x'), api.get('/channels/presence-x/users'),
      api.post('/events', { name: 'e', data: 'd', channel: 'x' }), api.post('/batch_events', { batch: [{ name: 'e', data: 'd', channel: 'x' }] }),
      api.post('/users/x/terminate_connections', {}), api.post('/users/x/terminate_connections'),
    ];
    for (const { status: code, text, json, headers } of await Promise.all(calls)) {
      assert.equal(code, 200, text);
      assert.ok(json && typeof json === 'object' && !Array.isArray(json), text);
      assert.match(headers['content-type'], /^application\/json/);
    }
  });
});
