// Checklist C: closing.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from '../harness/api.mjs';
import { eventually } from '../harness/inbox.mjs';
import { Server, useServer } from '../harness/server.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

describe('Closing', () => {
  const server = useServer();
  const api = new Api(server);

  it('[46] SIGTERM closes every connection with 4200, and the exit code is 0', async () => {
    const mortal = await new Server().start();
    const wires = await openMany(mortal, 20);
    await wires[0].join('news');
    await mortal.stop();
    for (const wire of wires) assert.equal((await wire.ended()).code, 4200);
  });

  it('SIGINT ends the server like SIGTERM', async () => {
    const mortal = await new Server().start();
    const wire = await Wire.open(mortal);
    assert.deepEqual(await mortal.end('SIGINT'), { code: 0, signal: null });
    assert.equal((await wire.ended()).code, 4200);
  });

  it('a server without clients ends at once', async () => {
    const mortal = await new Server({ env: { GEMA_SHUTDOWN_GRACE: '3600' } }).start();
    // If it waited for those that are not there, it would be killed, and that fails.
    await mortal.stop();
  });

  it('[52] the close frame of a client is answered, and its TCP connection ends', async () => {
    const wire = await Wire.open(server);
    assert.equal((await wire.close(1000)).code, 1000);
  });

  it('[52] a close frame without a code is answered', async () => {
    const wire = await Wire.open(server);
    wire.socket.close();
    assert.ok([1000, 1005].includes((await wire.ended()).code));
  });

  it('[53] after a TCP reset the subscriptions, memberships and the sign-in are gone', async (t) => {
    const witness = await Wire.open(server, { t });
    await witness.joinAs('presence-room', 'witness');
    const victim = await Wire.open(server);
    await victim.signedIn({ id: 'victim' });
    await victim.join('only-the-victim');
    await victim.joinAs('presence-room', 'victim');
    await witness.expect('pusher_internal:member_added');
    victim.socket._socket.resetAndDestroy();
    const { data } = await witness.expect('pusher_internal:member_removed');
    assert.deepEqual(JSON.parse(data), { user_id: 'victim' });
    await eventually('the channel is vacated', async () => !(await api.get('/channels/only-the-victim')).json.occupied);
  });

  it('[72] subscriptions are not carried over to a new connection', async (t) => {
    const old = await Wire.open(server);
    await old.join('news');
    await old.close();
    const fresh = await Wire.open(server, { t });
    await api.trigger('news', 'lost');
    await fresh.join('news');
    await api.trigger('news', 'marker');
    await fresh.expect('marker');
  });
});
