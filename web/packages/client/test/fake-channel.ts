import { FakeDispatcher } from './fake-dispatcher.ts';
import type { FakePusher } from './fake-pusher.ts';

/** What an authorization endpoint grants. */
export interface FakeGrant {
  auth: string;
  channel_data?: string;
  shared_secret?: string;
}

/** The callback that pusher-js gives to `channelAuthorization.customHandler`. */
export type FakeAuthorizationCallback = (error: Error | null, grant: FakeGrant | null) => void;

/** What pusher-js throws for an HTTP status of its own authorization request. */
export class FakeHttpAuthError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A channel of pusher-js 8.6, with its flags and its order of events. */
export class FakeChannel extends FakeDispatcher {
  readonly name: string;
  subscribed = false;
  subscriptionPending = false;
  subscriptionCancelled = false;
  protected readonly pusher: FakePusher;

  constructor(name: string, pusher: FakePusher) {
    super();
    this.name = name;
    this.pusher = pusher;
  }

  authorize(_socketId: string, callback: FakeAuthorizationCallback): void {
    callback(null, { auth: '' });
  }

  trigger(event: string, data: unknown): boolean {
    if (!event.startsWith('client-')) throw new Error(`Event '${event}' does not start with 'client-'`);
    return this.pusher.send_event(event, data, this.name);
  }

  disconnect(): void {
    this.subscribed = false;
    this.subscriptionPending = false;
  }

  handleEvent(event: string, data: unknown): void {
    if (event === 'pusher_internal:subscription_succeeded') this.handleSubscriptionSucceeded(data);
    else if (!event.startsWith('pusher_internal:')) this.emit(event, data, {});
  }

  subscribe(): void {
    if (this.subscribed) return;
    this.subscriptionPending = true;
    this.subscriptionCancelled = false;
    this.authorize(this.pusher.connection.socket_id, (error, grant) => {
      if (error) {
        this.subscriptionPending = false;
        this.emit('pusher:subscription_error', {
          type: 'AuthError',
          error: error.message,
          ...(error instanceof FakeHttpAuthError ? { status: error.status } : {}),
        });
      } else {
        const { auth, channel_data } = grant ?? {};
        this.pusher.send_event('pusher:subscribe', { auth, channel_data, channel: this.name });
      }
    });
  }

  unsubscribe(): void {
    this.subscribed = false;
    this.pusher.send_event('pusher:unsubscribe', { channel: this.name });
  }

  cancelSubscription(): void {
    this.subscriptionCancelled = true;
  }

  reinstateSubscription(): void {
    this.subscriptionCancelled = false;
  }

  protected handleSubscriptionSucceeded(data: unknown): void {
    this.subscriptionPending = false;
    this.subscribed = true;
    if (this.subscriptionCancelled) this.pusher.unsubscribe(this.name);
    else this.emit('pusher:subscription_succeeded', this.succeeded(data));
  }

  protected succeeded(data: unknown): unknown {
    return data;
  }
}

/** A private channel: asks for its authorization. */
export class FakePrivateChannel extends FakeChannel {
  override authorize(socketId: string, callback: FakeAuthorizationCallback): void {
    this.pusher.authorize(this.name, socketId, callback);
  }
}

/** The members of a presence channel, keyed by id. */
export class FakeMembers {
  members: Record<string, unknown> = {};
  count = 0;
  myID: string | null = null;
  me: { id: string; info: unknown } | null = null;

  get(id: string): { id: string; info: unknown } | null {
    return Object.hasOwn(this.members, id) ? { id, info: this.members[id] } : null;
  }
}

interface FakeMemberFrame {
  user_id: string;
  user_info?: unknown;
}

/** A presence channel. */
export class FakePresenceChannel extends FakePrivateChannel {
  members = new FakeMembers();

  override authorize(socketId: string, callback: FakeAuthorizationCallback): void {
    super.authorize(socketId, (error, grant) => {
      if (grant?.channel_data !== undefined) {
        this.members.myID = (JSON.parse(grant.channel_data) as FakeMemberFrame).user_id;
      }
      callback(error, grant);
    });
  }

  override handleEvent(event: string, data: unknown): void {
    const { user_id, user_info } = (data ?? {}) as FakeMemberFrame;
    const known = this.members.get(user_id);
    if (event === 'pusher_internal:member_added') {
      if (!known) this.members.count += 1;
      this.members.members[user_id] = user_info;
      this.emit('pusher:member_added', this.members.get(user_id));
    } else if (event === 'pusher_internal:member_removed' && known) {
      this.members.count -= 1;
      Reflect.deleteProperty(this.members.members, user_id);
      this.emit('pusher:member_removed', known);
    } else {
      super.handleEvent(event, data);
    }
  }

  override disconnect(): void {
    this.members = Object.assign(this.members, new FakeMembers());
    super.disconnect();
  }

  protected override succeeded(data: unknown): unknown {
    const { hash, count } = (data as { presence: { hash: Record<string, unknown>; count: number } }).presence;
    this.members.members = { ...hash };
    this.members.count = count;
    this.members.me = this.members.get(this.members.myID ?? '');
    return this.members;
  }
}
