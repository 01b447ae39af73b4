import { markRaw, type App } from 'vue';
import { createConnection, type Connection, type ConnectionOptions } from '@gema/client';
import { webSocketConnectionKey } from './webSocketConnection.ts';

/** What `app.use()` takes. */
export interface WebSocketPlugin {
  /** The connection that the composables get, for code outside of components (log-in, say). */
  readonly connection: Connection;
  install(app: App): void;
}

/**
 * Makes the plugin that gives one connection to all composables of an application:
 * `app.use(createWebSocket(options))`.
 *
 * A connection of options belongs to the plugin: it is opened when the first component needs it, never on a
 * server, and destroyed with the unmount of the last application that uses the plugin. A connection that is
 * given is never destroyed here.
 */
export function createWebSocket(target: ConnectionOptions | Connection): WebSocketPlugin {
  return isConnection(target) ? pluginOfGiven(target) : pluginOfOwned(target);
}

function pluginOfGiven(connection: Connection): WebSocketPlugin {
  return {
    connection: markRaw(connection),
    install: (app) => {
      app.provide(webSocketConnectionKey, connection);
    },
  };
}

function pluginOfOwned(options: ConnectionOptions): WebSocketPlugin {
  let connection: Connection | null = null;
  let applications = 0;

  const getConnection = () => (connection ??= markRaw(createConnection(options)));
  const letGo = () => {
    applications -= 1;
    if (applications > 0) return;
    connection?.destroy();
    // A later application begins anew.
    connection = null;
  };

  return {
    get connection() {
      return getConnection();
    },
    install: (app) => {
      applications += 1;
      app.provide(webSocketConnectionKey, getConnection());
      app.onUnmount(letGo);
    },
  };
}

function isConnection(target: ConnectionOptions | Connection): target is Connection {
  return 'acquire' in target;
}
