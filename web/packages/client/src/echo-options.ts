import Echo from 'laravel-echo';
import Pusher from 'pusher-js';
import type { ChannelAuthorizationHandler } from 'pusher-js';
import type { EchoLike } from './echo.ts';
import type { ConnectionFault, ConnectionOptions } from './types.ts';

/** Why a connection with these options must not be made on this page. */
export function insecurity(options: ConnectionOptions): ConnectionFault | null {
  if (options.scheme !== 'http' || location.protocol !== 'https:') return null;
  return {
    kind: 'insecure',
    code: null,
    message: 'set the scheme to https',
  };
}

/**
 * Makes the Echo, which connects at once. Every object is fresh: Echo writes the token of one instance into the
 * defaults that the next one would get.
 */
export function createEcho(options: ConnectionOptions, customHandler: ChannelAuthorizationHandler): EchoLike {
  const { key, host, scheme, path, activityTimeout = 15_000, pongTimeout = 5_000 } = options;
  const forceTLS = scheme !== 'http';
  const port = Number(options.port ?? (forceTLS ? 443 : 80));
  const EchoClass = (options.Echo ?? Echo) as new (options: object) => EchoLike;
  return new EchoClass({
    broadcaster: 'reverb',
    Pusher: options.Pusher ?? Pusher,
    key,
    cluster: '',
    // An event is found by its bare name, too.
    namespace: '',
    wsHost: host,
    wsPath: path,
    // Pusher reads the one or the other.
    wsPort: port,
    wssPort: port,
    forceTLS,
    // Otherwise it falls back to servers of pusher.com.
    enabledTransports: ['ws', 'wss'],
    activityTimeout,
    pongTimeout,
    auth: { headers: {} },
    userAuthentication: { endpoint: '/broadcasting/user-auth', headers: {} },
    channelAuthorization: { customHandler },
  });
}
