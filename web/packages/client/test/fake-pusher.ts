/**
 * A Pusher class without sockets, to be passed as option `Pusher` to the real Laravel Echo. It models pusher-js 8.6:
 * its states, its retry timers, its double errors, its channels. The server is played by the test:
 *
 * ```ts
 * const connection = createConnection({ key: 'k', host: 'h', Pusher: FakePusher });
 * connection.acquire('availability');
 * FakePusher.latest.open('1.1');
 * await settled(); // subscriptions are confirmed in a microtask
 * FakePusher.latest.emit('availability', 'AvailabilityUpdated', { session_id: 1 });
 * FakePusher.latest.lose();
 * ```
 */
import {
  FakeChannel,
  FakeHttpAuthError,
  FakePresenceChannel,
  FakePrivateChannel,
  type FakeAuthorizationCallback,
  type FakeGrant,
} from './fake-channel.ts';
import { FakeConnection } from './fake-connection.ts';
import { FakeDispatcher } from './fake-dispatcher.ts';

/** The options that the fake looks at; the rest is kept for assertions. */
export interface FakePusherOptions extends Record<string, unknown> {
  channelAuthorization?: {
    customHandler?: (
      params: { socketId: string; channelName: string },
      callback: FakeAuthorizationCallback,
    ) => void;
  };
}

/** Lets what waits in microtasks happen: confirmations of subscriptions, answers of a stubbed fetch. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

export class FakePusher {
  /** All that were made since the last `reset`. */
  static instances: FakePusher[] = [];
  /** The answer to authorizations of an Echo without a handler of its own; a number is an HTTP status. */
  static authorization: (channel: string) => FakeGrant | number = (channel) => ({
    auth: `key:${channel}`,
    channel_data: '{"user_id":"1"}',
  });

  /** The newest one. */
  static get latest(): FakePusher {
    const pusher = FakePusher.instances.at(-1);
    if (!pusher) throw new Error('no Pusher was made');
    return pusher;
  }

  /** Between tests. */
  static reset(): void {
    FakePusher.instances = [];
  }

  readonly key: string;
  readonly options: FakePusherOptions;
  readonly connection: FakeConnection;
  readonly global_emitter = new FakeDispatcher();
  readonly channels: { channels: Record<string, FakeChannel> } = { channels: {} };
  /**
   * What happened, in order: `connect`, `attempt` (a socket), `disconnect`, `authorize CHANNEL`,
   * `subscribe CHANNEL`, `unsubscribe CHANNEL`, `client-EVENT CHANNEL`.
   */
  readonly log: string[] = [];
  /** The frames that the server got. */
  readonly sent: { event: string; data: unknown; channel?: string | undefined }[] = [];
  /** The channels to which the server sends. */
  readonly serverChannels = new Set<string>();
  /** Members whom a presence channel has already, beside the one who subscribes. */
  readonly here: Record<string, Record<string, unknown>> = {};
  /** Whether subscriptions are confirmed by themselves, in a microtask; otherwise by `confirm`. */
  confirms = true;
  private sockets = 0;

  constructor(key: string, options: FakePusherOptions) {
    this.key = key;
    this.options = options;
    this.connection = new FakeConnection((entry) => this.log.push(entry));
    this.connection.bind('connected', () => this.subscribeAll());
    for (const state of ['connecting', 'disconnected']) {
      this.connection.bind(state, () => {
        for (const channel of this.allChannels()) channel.disconnect();
      });
    }
    FakePusher.instances.push(this);
    this.connect();
  }

  get timeline(): FakeConnection['timeline'] {
    return this.connection.timeline;
  }

  // === what Echo and the client call ===

  connect(): void {
    this.log.push('connect');
    this.connection.connect();
  }

  disconnect(): void {
    if (this.connection.state !== 'disconnected') this.log.push('disconnect');
    this.serverChannels.clear();
    this.connection.disconnect();
  }

  channel(name: string): FakeChannel | undefined {
    return this.channels.channels[name];
  }

  allChannels(): FakeChannel[] {
    return Object.values(this.channels.channels);
  }

  subscribeAll(): void {
    for (const name of Object.keys(this.channels.channels)) this.subscribe(name);
  }

  subscribe(name: string): FakeChannel {
    const channel = (this.channels.channels[name] ??= createChannel(name, this));
    if (channel.subscriptionPending && channel.subscriptionCancelled) channel.reinstateSubscription();
    else if (!channel.subscriptionPending && this.connection.state === 'connected') channel.subscribe();
    return channel;
  }

  unsubscribe(name: string): void {
    const channel = this.channel(name);
    if (channel?.subscriptionPending) {
      channel.cancelSubscription();
    } else {
      Reflect.deleteProperty(this.channels.channels, name);
      if (channel?.subscribed) channel.unsubscribe();
    }
  }

  send_event(event: string, data: unknown, channel?: string): boolean {
    if (!this.connection.isOpen) return false;
    this.sent.push({ event, data, channel });
    const name = channel ?? (data as { channel?: string }).channel ?? '';
    this.log.push(`${event.replace('pusher:', '')} ${name}`);
    if (event === 'pusher:subscribe') this.serverSubscribes(name);
    if (event === 'pusher:unsubscribe') this.serverChannels.delete(name);
    return true;
  }

  authorize(channelName: string, socketId: string, callback: FakeAuthorizationCallback): void {
    this.log.push(`authorize ${channelName}`);
    const handler = this.options.channelAuthorization?.customHandler;
    if (handler) {
      handler({ socketId, channelName }, callback);
      return;
    }
    const answer = FakePusher.authorization(channelName);
    queueMicrotask(() => {
      if (typeof answer === 'object') callback(null, answer);
      else callback(new FakeHttpAuthError(answer, `status ${answer}`), null);
    });
  }

  bind(event: string, callback: () => void): this {
    this.global_emitter.bind(event, callback);
    return this;
  }

  unbind(event?: string, callback?: () => void): this {
    this.global_emitter.unbind(event, callback);
    return this;
  }

  // === what the test does as server and network ===

  /** The attempt succeeds. */
  open(socketId?: string): this {
    this.sockets += 1;
    this.connection.open(socketId ?? `${this.sockets}.${FakePusher.instances.indexOf(this) + 1}`);
    return this;
  }

  /** The connection breaks. */
  lose(code = 1006): this {
    this.serverChannels.clear();
    this.connection.close(code, '');
    return this;
  }

  /** The attempt fails: without a code as on a refused port; with one, the server closes (also when connected). */
  refuse(code?: number, reason = `refused with ${code ?? 'no code'}`): this {
    this.serverChannels.clear();
    if (code === undefined) this.connection.failTransport();
    else this.connection.close(code, reason);
    return this;
  }

  /** The server sends `pusher:error` and keeps the connection. */
  error(code: number, message: string): this {
    this.connection.emit('error', { type: 'PusherError', data: { code, message } });
    return this;
  }

  /** The server sends an event to a channel; false when it has no subscription there. */
  emit(channel: string, event: string, data?: unknown): boolean {
    if (!this.serverChannels.has(channel)) return false;
    this.deliver(channel, event, data);
    return true;
  }

  /** A member joins. */
  join(channel: string, user_id: string, user_info?: unknown): boolean {
    return this.emit(channel, 'pusher_internal:member_added', { user_id, user_info });
  }

  /** A member leaves. */
  leave(channel: string, user_id: string): boolean {
    return this.emit(channel, 'pusher_internal:member_removed', { user_id });
  }

  /** Confirms a subscription, when `confirms` is false. */
  confirm(channel: string): void {
    const hash = { ...this.here[channel] };
    const channelData = this.lastChannelData(channel);
    if (channelData !== undefined) {
      const { user_id, user_info } = JSON.parse(channelData) as { user_id: string; user_info?: unknown };
      hash[user_id] = user_info;
    }
    const presence = { hash, ids: Object.keys(hash), count: Object.keys(hash).length };
    const data = channel.startsWith('presence-') ? { presence } : {};
    this.deliver(channel, 'pusher_internal:subscription_succeeded', data);
  }

  /** How often something stands in the log. */
  count(entry: string): number {
    return this.log.filter((written) => written === entry).length;
  }

  private serverSubscribes(channel: string): void {
    const socket = this.sockets;
    this.serverChannels.add(channel);
    queueMicrotask(() => {
      const same = this.connection.isOpen && this.sockets === socket;
      if (this.confirms && same && this.serverChannels.has(channel)) this.confirm(channel);
    });
  }

  private lastChannelData(channel: string): string | undefined {
    const subscriptions = this.sent.filter(({ event }) => event === 'pusher:subscribe');
    const data = subscriptions.map((frame) => frame.data as { channel: string; channel_data?: string });
    return data.findLast((subscription) => subscription.channel === channel)?.channel_data;
  }

  private deliver(channel: string, event: string, data: unknown): void {
    this.channel(channel)?.handleEvent(event, data);
    this.connection.emit('message', { event, channel, data });
  }
}

function createChannel(name: string, pusher: FakePusher): FakeChannel {
  if (name.startsWith('private-')) return new FakePrivateChannel(name, pusher);
  if (name.startsWith('presence-')) return new FakePresenceChannel(name, pusher);
  return new FakeChannel(name, pusher);
}
