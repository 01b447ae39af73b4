/**
 * What this package needs of Laravel Echo and pusher-js, as structure: `@laravel/echo-react` bundles a copy of
 * Echo, so that `instanceof` cannot be trusted.
 */
export interface EchoLike {
  readonly connector: {
    readonly pusher: PusherLike;
    readonly options?: { readonly namespace?: string | false | null };
  };
  channel(name: string): EchoChannelLike;
  private(name: string): EchoChannelLike;
  join(name: string): EchoChannelLike;
  leaveChannel(name: string): void;
  leave(name: string): void;
  socketId(): string | undefined;
  disconnect(): void;
}

/** A channel of Echo with its channel of pusher-js. */
export interface EchoChannelLike {
  readonly subscription: PusherChannelLike;
  listen(event: string, callback: (payload: never) => void): this;
  stopListening(event: string, callback?: (payload: never) => void): this;
}

/** The instance of pusher-js under an Echo. */
export interface PusherLike {
  readonly connection: PusherConnectionLike;
  connect(): void;
  disconnect(): void;
  channel(name: string): PusherChannelLike | undefined;
  subscribe(name: string): PusherChannelLike;
  unsubscribe(name: string): void;
  send_event(event: string, data: unknown): unknown;
}

/** The connection of pusher-js. `state` is one of its six, not a {@link ConnectionStatus}. */
export interface PusherConnectionLike {
  readonly state: string;
  readonly socket_id: string;
  bind(event: string, callback: (data: never) => void): unknown;
  unbind(event: string, callback: (data: never) => void): unknown;
}

/** A channel of pusher-js. */
export interface PusherChannelLike {
  readonly name: string;
  readonly subscribed: boolean;
  /** Asked for, and not yet answered. */
  readonly subscriptionPending?: boolean;
  /** Forgets the subscription. */
  disconnect?(): void;
  bind(event: string, callback: (data: never) => void): unknown;
  unbind(event: string, callback: (data: never) => void): unknown;
  bind_global(callback: (event: string, data: unknown) => void): unknown;
  unbind_global(callback: (event: string, data: unknown) => void): unknown;
  trigger(event: string, data: unknown): unknown;
}
