// Checklist A: upgrade and handshake.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { exchange } from '../harness/api.mjs';
import { TIMEOUT, within } from '../harness/inbox.mjs';
import { useServer } from '../harness/server.mjs';
import { allowedOrigins, maxConnections, serverPath } from '../harness/settings.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** The headers of the 101 answer, or the status of another one. */
function upgrade(server, headers = {}) {
  return within(TIMEOUT, 'answer to the upgrade', (resolve, reject) => {
    const options = { host: server.host, port: server.port, path: `/app/${server.key}?protocol=7`, agent: false };
    const call = request({ ...options, headers: { ...UPGRADE, ...headers } });
    call.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode, headers: answer.headers });
    });
    call.on('response', (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, headers: answer.headers });
    });
    call.on('error', reject);
    call.end();
  });
}

/** The connection is refused after the upgrade: an error frame, then a close with the same code and a reason. */
async function refused(wire, code) {
  const { message } = await wire.error(code);
  const end = await wire.ended();
  assert.equal(end.code, code);
  assert.ok(end.reason.length > 0 && Buffer.byteLength(end.reason) <= 123, end.reason);
  assert.ok(message.length > 0);
}

describe('Upgrade and handshake', () => {
  const server = useServer();

  it('[1] [2] [3] a valid upgrade is answered with 101, without subprotocol and without extension', async () => {
    const { status, headers } = await upgrade(server);
    assert.equal(status, 101);
    assert.equal(headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(headers['sec-websocket-protocol'], undefined);
    assert.equal(headers['sec-websocket-extensions'], undefined);
  });

  it('[3] an offer of permessage-deflate does not prevent the upgrade', async () => {
    const { status } = await upgrade(server, { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' });
    assert.equal(status, 101);
  });

  const queries = [
    ['[4] in another order and without flash', 'version=8.6.0&client=js&protocol=7'],
    ['[4] as the Java client writes it', 'client=java-client&protocol=5&version=2.4.4'],
    ['[4] as the Swift client writes it', 'client=pusher-websocket-swift&version=10.1.10&protocol=7'],
    ['[5] with an unknown parameter', 'protocol=7&client=js&colour=red'],
    ['[6] with protocol 5', 'protocol=5&client=pusher-dotnet-client&version=2.3.1'],
    ['[7] with protocol 4', 'protocol=4'],
    ['[7] with protocol 6', 'protocol=6'],
    ['[7] with protocol 7', 'protocol=7'],
    ['[10] without a protocol', ''],
    ['[11] with garbage in version and client', 'protocol=7&client=%00%ff&version=;drop'],
  ];
  for (const [name, query] of queries) {
    it(`${name} a client connects and is told the activity timeout`, async (t) => {
      const wire = await Wire.open(server, { t, query });
      assert.equal(JSON.parse(wire.first.data).activity_timeout, 30);
    });
  }

  for (const [number, protocol] of [['[8]', '99'], ['[9]', 'abc'], ['[9]', '3'], ['[9]', '-7'], ['[9]', '7.5']]) {
    it(`${number} protocol=${protocol} is refused with 4007`, async () => {
      await refused(new Wire(server, { query: `protocol=${protocol}&client=js&version=8.6.0` }), 4007);
    });
  }

  it('[13] [14] [15] [17] the first frame is literally what pusher-js expects', async (t) => {
    const wire = await Wire.open(server, { t });
    assert.match(wire.socketId, /^\d+\.\d+$/);
    const data = JSON.stringify(`{"socket_id":"${wire.socketId}","activity_timeout":30}`);
    assert.equal(wire.first.raw, `{"event":"pusher:connection_established","data":${data}}`);
    await wire.quiet();
  });

  it('[16] socket ids are unique', async (t) => {
    const wires = await openMany(server, 200, { t });
    assert.equal(new Set(wires.map((wire) => wire.socketId)).size, 200);
  });

  it('[18] the first frame comes within a second of the upgrade', async (t) => {
    const waits = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const wire = new Wire(server);
      t.after(() => wire.socket.terminate());
      await wire.upgraded;
      const upgraded = performance.now();
      await wire.expect('pusher:connection_established');
      waits.push(performance.now() - upgraded);
    }
    assert.ok(Math.min(...waits) < 1_000, `${waits} ms`);
  });

  it('[19] [20] [31] an unknown key is refused with 4001 after the upgrade', async () => {
    await refused(new Wire(server, { key: 'nobody-has-this-key' }), 4001);
  });

  it('[24] a path that is not /app/<key> is answered with 404', async () => {
    for (const path of ['/ap/x', '/', '/app', '/app/', `/app/${server.key}/more`, '/apps']) {
      assert.equal(await new Wire(server, { path }).refused, 404, path);
    }
  });

  it('[26] a plain GET of /app/<key> is answered with 426', async () => {
    assert.equal((await exchange(server, 'GET', `/app/${server.key}`)).status, 426);
  });

  it('[27] another version of WebSocket is refused', async () => {
    for (const version of ['8', '12', 'x']) {
      const { status } = await upgrade(server, { 'Sec-WebSocket-Version': version });
      assert.ok([400, 426].includes(status), `${status}`);
    }
  });

  it('[27] an upgrade with a broken key is refused', async () => {
    for (const key of ['', 'short', '!!!!']) {
      const { status } = await upgrade(server, { 'Sec-WebSocket-Key': key });
      assert.equal(status, 400);
    }
  });

  it('the server is healthy and knows no other path', async () => {
    const up = await exchange(server, 'GET', '/up');
    assert.deepEqual([up.status, up.text], [200, '{"health":"OK"}']);
    assert.equal((await exchange(server, 'GET', '/nothing')).status, 404);
  });
});

describe('A path prefix', () => {
  const server = useServer({ env: serverPath('/ws'), path: '/ws' });

  it('[12] with the prefix a client connects', async (t) => {
    await Wire.open(server, { t });
  });

  it('[12] without the prefix everything is answered with 404', async () => {
    const bare = { ...server, host: server.host, port: server.port, path: '', ws: `ws://${server.host}:${server.port}` };
    assert.equal(await new Wire(bare, { key: server.key }).refused, 404);
    for (const target of ['/up', `/apps/${server.appId}/channels`]) {
      assert.equal((await exchange(bare, 'GET', target)).status, 404, target);
    }
  });
});

describe('A connection quota', () => {
  const server = useServer({ env: maxConnections(2) });

  it('[23] refuses the third connection with 4004 and leaves the others alone', async (t) => {
    const [first, second] = await openMany(server, 2, { t });
    await refused(new Wire(server), 4004);
    await first.quiet();
    await second.close();
    await Wire.open(server, { t });
    await first.quiet();
  });
});

describe('Allowed origins', () => {
  const server = useServer({ env: allowedOrigins('example.com,*.example.org') });

  const origins = [
    ['https://example.com', true],
    ['http://example.com:8080', true],
    ['https://shop.example.org', true],
    ['https://example.net', false],
    ['https://www.example.com', false],
    ['https://example.org', false],
    ['https://example.com.evil.net', false],
  ];
  for (const [origin, allowed] of origins) {
    it(`${origin} is ${allowed ? 'welcome' : 'refused with 4009'}`, async (t) => {
      const options = { t, headers: { Origin: origin } };
      if (allowed) await Wire.open(server, options);
      else await refused(new Wire(server, options), 4009);
    });
  }
});
