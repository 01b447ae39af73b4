// The server behind nginx, with the configuration in deploy/nginx and with those that people have.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { TIMEOUT, bound, within } from '../harness/inbox.mjs';
import { Nginx, shipped } from '../harness/nginx.mjs';
import { Backend, joined, newPusher, newSdk, state } from '../harness/sdk.mjs';
import { Server } from '../harness/server.mjs';

// The certificates of these tests are nobody's but their own.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

const GEMA = fileURLToPath(new URL(`../${process.env.GEMA_BIN ?? '../../target/debug/gema'}`, import.meta.url));

/** nginx with a configuration before a server with these settings; the end of the test stops both. */
async function proxied(t, configuration, { env, ...options } = {}) {
  const server = new Server({ env });
  t.after(() => server.stop());
  await server.start();
  const nginx = new Nginx(server, configuration, options);
  t.after(() => nginx.stop());
  return nginx.start();
}

/** A pusher-js that is connected through nginx. */
async function connected(t, nginx, options = {}) {
  const tls = nginx.tls && { forceTLS: true, wssPort: nginx.port, enabledTransports: ['ws', 'wss'] };
  const client = newPusher(t, nginx, { ...tls, ...options });
  await state(client, 'connected');
  return client;
}

/** A private channel is subscribed to, and an event sent, both through nginx. */
async function worksThrough(t, nginx) {
  const backend = new Backend(nginx);
  await backend.start();
  t.after(() => backend.stop());
  const client = await connected(t, nginx, { backend });
  const channel = await joined(client, 'private-orders');
  const event = bound(channel, 'order.placed');
  const answer = await newSdk(nginx, { useTLS: nginx.tls }).trigger('private-orders', 'order.placed', { id: 1 });
  assert.equal(answer.status, 200);
  assert.deepEqual(await event, { id: 1 });
}

test('the shipped configuration carries wss, private channels and the API', async (t) => {
  const nginx = await proxied(t, shipped, { tls: true });
  await worksThrough(t, nginx);
});

test('an idle connection outlives the time after which nginx ends it by default', async (t) => {
  // No pings: nobody says anything. The default is a second here instead of a minute.
  const env = { REVERB_APP_PING_INTERVAL: '3600', REVERB_APP_ACTIVITY_TIMEOUT: '3600' };
  const defaults = 'proxy_read_timeout 1s; proxy_send_timeout 1s;';
  const nginx = await proxied(t, shipped, { tls: true, env, defaults });
  const client = await connected(t, nginx);
  const channel = await joined(client, 'orders');
  const before = client.connection.socket_id;

  // Beside it, the same configuration without the line: when that connection is lost, the time is over.
  const forgetful = (self) => shipped(self).replace(/proxy_read_timeout .*/, '');
  const other = await connected(t, await proxied(t, forgetful, { tls: true, env, defaults }));
  await within(TIMEOUT, 'end of the idle connection', (done) => other.connection.bind('connecting', done));

  const event = bound(channel, 'order.placed');
  await newSdk(nginx, { useTLS: true }).trigger('orders', 'order.placed', {});
  await event;
  assert.equal(client.connection.socket_id, before, 'it is the same connection');
});

test('a client cannot make its address up, and connections to the server are used again', async (t) => {
  const requests = [];
  const sockets = new Set();
  const echo = createServer((request, answer) => {
    requests.push(request.headers);
    sockets.add(request.socket);
    answer.end('{"health":"OK"}');
  });
  // This side does not end connections that are idle.
  echo.keepAliveTimeout = 0;
  await new Promise((done) => echo.listen(0, '127.0.0.1', done));
  t.after(() => {
    echo.closeAllConnections();
    echo.close();
  });
  const nginx = new Nginx({ host: '127.0.0.1', port: echo.address().port }, shipped, { tls: true });
  t.after(() => nginx.stop());
  await nginx.start();
  // What was asked until nginx was ready does not count.
  requests.length = 0;
  sockets.clear();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const headers = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'gopher' };
    await (await fetch(`${nginx.http}/apps/1/events`, { method: 'POST', body: '{}', headers })).text();
  }
  const last = requests.at(-1);
  assert.deepEqual([last['x-forwarded-for'], last['x-forwarded-proto'], last.upgrade], ['127.0.0.1', 'https', undefined]);
  assert.equal(sockets.size, 1);
});

test("the configuration of Reverb's documentation works as it is", async (t) => {
  const nginx = await proxied(
    t,
    ({ host, port, server }) => `
      server {
        listen ${host}:${port};
        location / {
          proxy_http_version 1.1;
          proxy_set_header Host $http_host;
          proxy_set_header Scheme $scheme;
          proxy_set_header SERVER_PORT $server_port;
          proxy_set_header REMOTE_ADDR $remote_addr;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection "Upgrade";

          proxy_pass http://${server.host}:${server.port};
        }
      }`,
  );
  await worksThrough(t, nginx);
});

test('a proxy that forwards /app/ alone lets clients in and no event: the tools say so', async (t) => {
  const configuration = ({ host, port, server }) => `
    server {
      listen ${host}:${port};
      location /app/ {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "Upgrade";
        proxy_pass http://${server.host}:${server.port};
      }
      location = /up { proxy_pass http://${server.host}:${server.port}; }
    }`;
  const nginx = await proxied(t, configuration);
  const target = ['--url', nginx.http, '--app-id', nginx.appId, '--key', nginx.key, '--secret', nginx.secret];
  const client = await connected(t, nginx);
  await joined(client, 'orders');
  const [code, said] = await new Promise((done) => {
    execFile(GEMA, ['trigger', 'orders', 'e', '1', ...target], (error, _, stderr) => done([error?.code, stderr]));
  });
  assert.equal(code, 1);
  assert.match(said, /404 Not Found/);
  assert.match(said, /A proxy has to forward \/apps as well as \/app/);
});
