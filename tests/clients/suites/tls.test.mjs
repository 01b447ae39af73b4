// wss and https on the port of the server itself.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { selfSigned } from '../harness/certificate.mjs';
import { exchange } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';

const CLIENT = fileURLToPath(new URL('../harness/over-tls.mjs', import.meta.url));
const run = promisify(execFile);

describe('a server with a certificate', () => {
  const server = useServer({ tls: true });
  const client = (ca) => {
    const file = join(server.directory, 'trusted.pem');
    writeFileSync(file, ca);
    const args = [CLIENT, server.host, server.port, server.appId, server.key, server.secret].map(String);
    return run(process.execPath, args, { env: { ...process.env, NODE_EXTRA_CA_CERTS: file }, timeout: 30_000 });
  };

  it('is what pusher-js connects to and the Node SDK publishes to', async () => {
    const { stdout } = await client(server.certificate.cert);
    const { socketId, data } = JSON.parse(stdout);
    assert.match(socketId, /^\d+\.\d+$/);
    assert.deepEqual(data, { over: 'https' });
  });

  it('is not trusted by who trusts another one', async () => {
    const certificate = selfSigned(server.host);
    const stranger = { ...server, host: server.host, port: server.port, path: '', certificate };
    await assert.rejects(exchange(stranger, 'GET', '/up'), { code: /SELF_SIGNED|UNABLE_TO/ });
  });

  it('tells who forgets TLS', async () => {
    const answer = await fetch(`http://${server.host}:${server.port}/up`);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /speaks TLS/);
  });
});
