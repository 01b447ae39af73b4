// The stock client and the stock server SDK over TLS, as a process of its own: whom Node trusts beside its own list stands in
// NODE_EXTRA_CA_CERTS, which it reads at its start. Prints what has come.

import PusherSdk from 'pusher';
import PusherJs from 'pusher-js';

const [host, port, appId, key, secret] = process.argv.slice(2);
const client = new PusherJs(key, {
  cluster: '',
  wsHost: host,
  wssPort: Number(port),
  forceTLS: true,
  enabledTransports: ['ws', 'wss'],
});
const sdk = new PusherSdk({ appId, key, secret, host, port, useTLS: true });

const channel = client.subscribe('news');
channel.bind('pusher:subscription_succeeded', () => sdk.trigger('news', 'added', { over: 'https' }));
channel.bind('added', (data) => {
  console.log(JSON.stringify({ socketId: client.connection.socket_id, data }));
  client.disconnect();
});
