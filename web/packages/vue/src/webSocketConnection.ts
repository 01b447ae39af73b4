import { hasInjectionContext, inject, markRaw, type InjectionKey } from 'vue';
import type { Connection } from '@gema/client';

/** Which connection a composable works on. */
export interface ConnectionChoice {
  /**
   * Instead of the one that `app.use(createWebSocket(…))` provides. Needed where nothing can be injected: in
   * an event handler, after an `await`, in an effect scope outside of the application.
   */
  connection?: Connection;
}

/** Where the plugin puts the connection; `provide()` another one to change it for a part of the page. */
export const webSocketConnectionKey: InjectionKey<Connection> = Symbol('gema connection');

/**
 * The connection that was given, else the one that the plugin provides.
 *
 * @throws Error where there is neither.
 */
export function useConnection(given: Connection | undefined): Connection {
  const connection = given ?? (hasInjectionContext() ? inject(webSocketConnectionKey, null) : null);
  if (connection === null) {
    throw new Error(
      'No WebSocket connection is provided. Call app.use(createWebSocket(options)) before app.mount(), ' +
        'or pass { connection } where nothing can be injected (event handlers, after an await).',
    );
  }
  // A store or a reactive() around it would make proxies of it, which are other objects.
  return markRaw(connection);
}
