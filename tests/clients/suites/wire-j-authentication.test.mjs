// Checklist J: authentication of the HTTP API.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { Api, encoded, exchange, plain } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';
import { serverPath } from '../harness/settings.mjs';
import { Wire } from '../harness/wire.mjs';

const EVENT = { name: 'hello', data: 'text', channels: ['auth'] };
const now = () => Math.floor(Date.now() / 1000);
const without = (name) => (pairs) => pairs.filter(([key]) => key !== name);
const shuffled = (pairs) => [...pairs].reverse();
const signatureAt = (place) => (pairs) => {
  const rest = pairs.slice(0, -1);
  rest.splice(place, 0, pairs.at(-1));
  return rest;
};

const OTHER = { appId: '654321', key: 'other-key', secret: 'other-secret' };
const OTHER_TOML = `[[apps]]\nid = "${OTHER.appId}"\nkey = "${OTHER.key}"\nsecret = "${OTHER.secret}"\n`;

describe('Authentication of the HTTP API', () => {
  const server = useServer({ toml: OTHER_TOML });
  const api = new Api(server);

  const accepted = [
    ['[163] the signature first, as .NET sends it', 'GET', '/channels', { spoil: signatureAt(0) }],
    ['[163] the signature second, as Python and Go send it', 'GET', '/channels', { spoil: signatureAt(1) }],
    ['[163] the signature last, as Node and PHP send it', 'GET', '/channels', {}],
    ['[164] parameters out of order', 'GET', '/channels', { query: { filter_by_prefix: 'a' }, spoil: shuffled }],
    ['[165] a literal comma in info', 'GET', '/channels/presence-x', { query: { info: 'user_count,subscription_count' }, write: plain }],
    ['[165] an encoded comma in info', 'GET', '/channels/presence-x', { query: { info: 'user_count,subscription_count' }, write: encoded }],
    ['[166] a literal + in a value', 'GET', '/channels', { query: { filter_by_prefix: 'a+b' } }],
    ['[166] an encoded + in a value', 'GET', '/channels', { query: { filter_by_prefix: 'a+b' }, write: encoded }],
    ['[166] a form-encoded space, as Ruby sends it', 'GET', '/channels', { query: { filter_by_prefix: 'a b' }, write: (pairs) => encoded(pairs).replaceAll('%20', '+') }],
    ['[166] an encoded space', 'GET', '/channels', { query: { filter_by_prefix: 'a b' }, write: encoded }],
    ['[167] body_md5 of nothing on GET, as Python sends it', 'GET', '/channels', { sign: { md5: 'd41d8cd98f00b204e9800998ecf8427e' } }],
    ['[170] a timestamp 500 s old', 'GET', '/channels', { sign: { timestamp: now() - 500 } }],
    ['[170] a timestamp 500 s ahead', 'GET', '/channels', { sign: { timestamp: now() + 500 } }],
    ['[177] a user id with @, raw', 'POST', '/users/a@b/terminate_connections', { body: {} }],
    ['an unknown parameter', 'GET', '/channels', { query: { colour: 'red' } }],
    ['names of parameters in upper case', 'GET', '/channels', { spoil: (pairs) => pairs.map(([key, value]) => [key === 'auth_signature' ? key : key.toUpperCase(), value]) }],
  ];
  for (const [name, method, path, options] of accepted) {
    it(`${name} verifies`, async () => {
      const answer = await api.call(method, `${api.app}${path}`, options);
      assert.equal(answer.status, 200, answer.text);
    });
  }

  const post = { body: EVENT };
  const refused = [
    ['[168] body_md5 of another body', 'POST', '/events', { ...post, sign: { md5: createHash('md5').update('x').digest('hex') } }],
    ['[169] a body without body_md5', 'POST', '/events', { ...post, sign: { md5: undefined } }],
    ['[170] a timestamp 610 s old', 'GET', '/channels', { sign: { timestamp: now() - 610 } }],
    ['[170] a timestamp 900 s ahead', 'GET', '/channels', { sign: { timestamp: now() + 900 } }],
    ['[170] a timestamp that is no number', 'GET', '/channels', { sign: { timestamp: 'soon' } }],
    ['[171] no auth_key', 'GET', '/channels', { spoil: without('auth_key') }, /auth_key/],
    ['[171] no auth_timestamp', 'GET', '/channels', { spoil: without('auth_timestamp') }, /timestamp/i],
    ['[171] no auth_version', 'GET', '/channels', { spoil: without('auth_version') }, /version/i],
    ['[171] no auth_signature', 'GET', '/channels', { spoil: without('auth_signature') }, /signature/i],
    ['[172] an unknown key', 'GET', '/channels', { sign: { key: 'unknown' } }, /auth_key/],
    ['[173] version 2.0', 'GET', '/channels', { sign: { version: '2.0' } }, /version/i],
    ['[175] a signature in upper case', 'GET', '/channels', { spoil: (pairs) => pairs.map(([key, value]) => [key, key === 'auth_signature' ? value.toUpperCase() : value]) }],
    ['[176] the signature of another method', 'POST', '/events', { ...post, sign: { method: 'GET' } }],
    ['the signature of another path', 'GET', '/channels', { sign: { path: '/apps/123456/channel' } }],
    ['another secret', 'POST', '/events', { ...post, sign: { secret: 'wrong' } }],
    ['a parameter that was not signed', 'GET', '/channels', { spoil: (pairs) => [...pairs, ['info', 'user_count']] }],
    ['an empty signature', 'GET', '/channels', { spoil: (pairs) => [...pairs.slice(0, -1), ['auth_signature', '']] }],
  ];
  for (const [name, method, path, options, text] of refused) {
    it(`${name} is refused with 401, and nothing is delivered`, async (t) => {
      const wire = await Wire.open(server, { t });
      await wire.join('auth');
      const answer = await api.call(method, `${api.app}${path}`, options);
      assert.equal(answer.status, 401, answer.text);
      assert.ok(answer.text.length > 0);
      if (text) assert.match(answer.text, text);
      await api.trigger('auth', 'marker');
      await wire.expect('marker');
    });
  }

  it('without any parameter every path of an application is refused with 401', async () => {
    for (const [method, path] of [['GET', '/channels'], ['GET', '/channels/x'], ['GET', '/channels/presence-x/users'], ['POST', '/events'], ['POST', '/batch_events'], ['POST', '/users/x/terminate_connections']]) {
      assert.equal((await exchange(server, method, `${api.app}${path}`, method === 'POST' ? '{}' : undefined)).status, 401, path);
    }
  });

  it('[174] a key used on the path of another application is refused', async () => {
    const path = `/apps/${OTHER.appId}/channels`;
    assert.equal((await api.call('GET', path)).status, 401);
    assert.equal((await api.call('GET', path, { sign: OTHER })).status, 200);
    assert.equal((await api.call('GET', `${api.app}/channels`, { sign: OTHER })).status, 401);
  });

  it('[174] applications do not hear each other', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('shared');
    const body = { name: 'foreign', data: '', channels: ['shared'] };
    assert.equal((await api.call('POST', `/apps/${OTHER.appId}/events`, { body, sign: OTHER })).status, 200);
    await api.trigger('shared', 'marker');
    await wire.expect('marker');
  });

  it('[221] an unknown application is 404', async () => {
    assert.equal((await api.call('GET', '/apps/999999/channels')).status, 404);
  });

  it('[177] a user id with a space verifies, signed raw or encoded', async () => {
    const path = `${api.app}/users/user @1/terminate_connections`;
    const wire = `${api.app}/users/user%20@1/terminate_connections`;
    assert.equal((await api.call('POST', path, { body: {}, wire })).status, 200);
    assert.equal((await api.call('POST', wire, { body: {}, wire })).status, 200);
  });

  it('[178] channels[]=a&channels[]=b verifies', async () => {
    const answer = await api.get('/channels', { 'channels[]': ['a', 'b'] });
    assert.equal(answer.status, 200, answer.text);
  });

  it('[179] terminate_connections without the application in the path, as Python sends it, is served', async () => {
    const answer = await api.call('POST', '/users/user@1/terminate_connections', { body: {} });
    assert.deepEqual([answer.status, answer.text], [200, '{}']);
    const foreign = await api.call('POST', '/users/user@1/terminate_connections', { body: {}, sign: { key: 'unknown' } });
    assert.equal(foreign.status, 401);
  });
});

describe('Authentication behind a path prefix', () => {
  const server = useServer({ env: serverPath('ws'), path: '/ws' });
  const api = new Api(server);

  it('the path is signed without the prefix, as the PHP SDK does', async () => {
    assert.equal((await api.get('/channels')).status, 200);
    assert.equal((await api.post('/events', EVENT)).text, '{}');
  });
});
