import type { Authorization } from './authorization.ts';
import { isDevelopment, warnUnheard } from './development.ts';
import type { EchoLike, PusherChannelLike } from './echo.ts';
import { createListeners, safely, type Listeners } from './listeners.ts';
import type {
  ChannelFault,
  ChannelHandle,
  ChannelSnapshot,
  ChannelState,
  ConnectionOptions,
  Member,
  Visibility,
} from './types.ts';

/** What the channels need of their connection. */
export interface ChannelsOptions {
  echo: () => EchoLike | null;
  isConnected: () => boolean;
  /** Null where the Echo was given: it authorizes by itself. */
  authorization: Authorization | null;
  /** Milliseconds until an authorization that failed is asked for again. */
  delay: (failures: number) => number;
  onAuthError: ConnectionOptions['onAuthError'];
}

/** The channels of a connection, each with as many handles as it has users. */
export interface Channels {
  acquire: (channel: string, visibility?: Visibility) => ChannelHandle;
  /** Echo is there. */
  joinAll: () => void;
  /** Connected; Pusher is about to subscribe. */
  open: () => void;
  /** The connection is gone. */
  close: () => void;
  /** Another token: no private channel keeps what the last one was granted. Without one, they are left. */
  authorizeAgain: (hasToken: boolean) => void;
  clear: () => void;
}

/**
 * Milliseconds until a subscription that nobody has answered has failed: the application may take ten seconds, and a
 * server that refuses without naming the channel never answers.
 */
const ANSWER_TIMEOUT = 20_000;

interface Listener {
  event: string;
  handler: (payload: never, eventName: never) => void;
}

interface Entry {
  name: string;
  visibility: Visibility;
  /** How many handles are not released. */
  users: number;
  listeners: Set<Listener>;
  changes: Listeners;
  confirmations: Listeners;
  snapshot: ChannelSnapshot;
  /** Null while the channel is not wanted of Pusher. */
  channel: PusherChannelLike | null;
  leaveTimer?: ReturnType<typeof setTimeout>;
  /** Until the answer is given up, or the next question. */
  timer?: ReturnType<typeof setTimeout>;
  failures: number;
  receive: (event: string, data: unknown) => void;
}

type PresenceChannelLike = PusherChannelLike & {
  members?: { members: Record<string, unknown>; me: { id: string | number } | null };
};

const nobody = { members: [] as readonly Member[], me: null };

export function createChannels(options: ChannelsOptions): Channels {
  const { authorization } = options;
  const entries = new Map<string, Entry>();
  /** The token of which `onAuthError` knows; null before. */
  let reported: string | null | undefined = null;

  function update(entry: Entry, state: ChannelState, next: Partial<ChannelSnapshot> = {}): void {
    const was = entry.snapshot;
    const now = { error: null, ...nobody, ...next, state };
    if (was.state === state && state !== 'subscribed' && was.error === now.error) return;
    entry.snapshot = now;
    entry.changes.notify();
  }

  // === subscribing ===

  function join(entry: Entry): void {
    const echo = options.echo();
    if (!echo || entry.channel) return;
    update(entry, 'idle');
    if (options.isConnected()) expectAnswer(entry);
    const channel = subscriptionOf(echo, entry);
    entry.channel = channel;
    channel.bind_global(entry.receive);
    if (channel.subscribed) succeed(entry);
  }

  function expectAnswer(entry: Entry): void {
    clearTimeout(entry.timer);
    update(entry, 'subscribing');
    entry.timer = setTimeout(() => {
      fail(entry, 'failed', { channel: entry.name, status: null, message: 'no answer' });
    }, ANSWER_TIMEOUT);
  }

  /** Asks once more for a channel of Pusher's. */
  function subscribe(entry: Entry): void {
    update(entry, 'idle');
    if (!options.isConnected()) return;
    expectAnswer(entry);
    entry.channel?.disconnect?.();
    options.echo()?.connector.pusher.subscribe(entry.name);
  }

  /**
   * Here and on the server, whatever is under way: Pusher would wait for the answer, and take an old signature for the
   * next subscription.
   */
  function unsubscribe({ channel, name, timer }: Entry): void {
    clearTimeout(timer);
    if (!authorization || !channel) return;
    const asking = authorization.cancel(name);
    if (channel.subscribed || (channel.subscriptionPending && !asking))
      options.echo()?.connector.pusher.send_event('pusher:unsubscribe', { channel: name });
    channel.disconnect?.();
  }

  function leave(entry: Entry): void {
    const { channel } = entry;
    unsubscribe(entry);
    if (!channel) return;
    channel.unbind_global(entry.receive);
    entry.channel = null;
    options.echo()?.leaveChannel(entry.name);
  }

  function succeed(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.failures = 0;
    update(entry, 'subscribed', membersOf(entry.channel));
  }

  /** By the endpoint of the application, or of a channel that it had granted, by the server. */
  function refused(entry: Entry, data: { status?: number; error?: string }): void {
    const { channel, name } = entry;
    const byServer = channel?.subscriptionPending;
    if (byServer) channel.disconnect?.();
    const refusal = authorization?.refusal();
    const { status = null, message } = refusal ?? { ...data, message: data.error ?? 'refused' };
    const error: ChannelFault = { channel: name, status, message };
    const anonymous = refusal?.token === null;
    // No new token mends what the server refuses.
    const state = anonymous ? 'unauthenticated' : stateOf(byServer && status === 401 ? 403 : Number(status));
    fail(entry, state, error);
    const token = refusal?.token;
    if (anonymous || state !== 'unauthenticated' || reported === token) return;
    reported = token;
    safely(() => options.onAuthError?.(error, token ?? null));
  }

  function fail(entry: Entry, state: ChannelState, error: ChannelFault): void {
    clearTimeout(entry.timer);
    update(entry, state, { error });
    if (state === 'forbidden') leave(entry);
    if (state !== 'failed') return;
    entry.failures += 1;
    entry.timer = setTimeout(() => subscribe(entry), options.delay(entry.failures));
  }

  // === receiving ===

  function receive(entry: Entry, event: string, data: unknown): void {
    if (event === 'pusher:subscription_succeeded') {
      // Nothing was asked of the server yet: it confirms what was left.
      if (authorization?.isAsking(entry.name)) return;
      succeed(entry);
      entry.confirmations.notify();
    } else if (event === 'pusher:subscription_error') {
      refused(entry, data as { status?: number; error?: string });
    } else if (/^pusher:member_/.test(event)) {
      update(entry, 'subscribed', membersOf(entry.channel));
    }
    deliver(entry, event, data);
  }

  function deliver(entry: Entry, event: string, data: unknown): void {
    const namespace = options.echo()?.connector.options?.namespace;
    const listeners = [...entry.listeners];
    const heard = listeners.filter((listener) => wireName(listener.event, namespace) === event);
    for (const listener of heard) {
      // Another listener may have removed it.
      if (!entry.listeners.has(listener)) continue;
      safely(() => listener.handler(data as never, listener.event as never));
    }
    if (isDevelopment && heard.length === 0) {
      warnUnheard(
        event,
        listeners.map((listener) => listener.event),
      );
    }
  }

  // === handles ===

  function entryOf(channel: string, asked?: Visibility): Entry {
    const visibility = asked ?? visibilityOf(channel);
    const name = fullName(channel, visibility);
    const known = entries.get(name);
    if (known) {
      clearTimeout(known.leaveTimer);
      return known;
    }
    const entry: Entry = {
      name,
      visibility,
      users: 0,
      listeners: new Set(),
      changes: createListeners(),
      confirmations: createListeners(),
      snapshot: { state: 'idle', error: null, ...nobody },
      channel: null,
      failures: 0,
      receive: (event, data) => receive(entry, event, data),
    };
    entries.set(name, entry);
    join(entry);
    return entry;
  }

  function acquire(channel: string, visibility?: Visibility): ChannelHandle {
    const entry = entryOf(channel, visibility);
    /** What removes each listener of this handle. */
    const ends = new Set<() => void>();
    let released = false;
    entry.users += 1;

    const untilReleased = (remove: () => void) => {
      if (released) remove();
      else ends.add(remove);
      return () => {
        ends.delete(remove);
        remove();
      };
    };

    return {
      name: entry.name,
      visibility: entry.visibility,
      on(event, handler) {
        const listener: Listener = { event, handler };
        entry.listeners.add(listener);
        return untilReleased(() => entry.listeners.delete(listener));
      },
      whisper(event, data) {
        if (entry.visibility === 'public') throw new Error(`${entry.name} is public`);
        if (entry.channel?.subscribed) entry.channel.trigger(`client-${event}`, data);
      },
      getSnapshot: () => entry.snapshot,
      subscribe: (fn) => untilReleased(entry.changes.add(fn)),
      onSubscribed: (fn) => untilReleased(entry.confirmations.add(fn)),
      release() {
        if (released) return;
        released = true;
        ends.forEach((end) => end());
        ends.clear();
        entry.users -= 1;
        if (entry.users === 0) leaveLater(entry);
      },
    };
  }

  /** Not at once: what is acquired again within this turn, as in StrictMode, stays. */
  function leaveLater(entry: Entry): void {
    if (entries.get(entry.name) !== entry) return;
    entry.leaveTimer = setTimeout(() => {
      entries.delete(entry.name);
      leave(entry);
    });
  }

  return {
    acquire,
    joinAll() {
      for (const entry of entries.values()) if (entry.snapshot.state === 'idle') join(entry);
    },
    open() {
      for (const entry of entries.values()) if (entry.channel) expectAnswer(entry);
    },
    close() {
      authorization?.drop();
      reported = null;
      for (const entry of entries.values()) {
        clearTimeout(entry.timer);
        entry.failures = 0;
        if (!['unauthenticated', 'forbidden'].includes(entry.snapshot.state)) update(entry, 'idle');
      }
    },
    authorizeAgain(hasToken) {
      reported = null;
      for (const entry of entries.values()) {
        if (entry.visibility === 'public') continue;
        if (!hasToken) {
          leave(entry);
          update(entry, 'unauthenticated');
        } else if (entry.channel) {
          unsubscribe(entry);
          if (!entry.channel.subscribed) subscribe(entry);
        } else {
          join(entry);
        }
      }
    },
    clear() {
      for (const entry of entries.values()) {
        clearTimeout(entry.leaveTimer);
        leave(entry);
        entry.changes.clear();
      }
      entries.clear();
    },
  };
}

function stateOf(status: number): ChannelState {
  if (status === 401 || status === 419) return 'unauthenticated';
  const isFinal = status >= 400 && status < 500 && ![408, 413, 429].includes(status);
  return isFinal ? 'forbidden' : 'failed';
}

function membersOf(channel: PresenceChannelLike | null): { members: readonly Member[]; me: Member | null } {
  const { members = {}, me } = channel?.members ?? {};
  const list = Object.keys(members).map((id) => ({ id, info: members[id] }));
  return { members: list, me: list.find(({ id }) => me && String(me.id) === id) ?? null };
}

function subscriptionOf(echo: EchoLike, { name, visibility }: Entry): PusherChannelLike {
  if (visibility === 'public') return echo.channel(name).subscription;
  const bare = name.slice(visibility.length + 1);
  return (visibility === 'private' ? echo.private(bare) : echo.join(bare)).subscription;
}

function visibilityOf(channel: string): Visibility {
  return (/^(private|presence)-/.exec(channel)?.[1] as Visibility | undefined) ?? 'public';
}

function fullName(channel: string, visibility: Visibility): string {
  return visibility === 'public' || channel.startsWith(`${visibility}-`)
    ? channel
    : `${visibility}-${channel}`;
}

/** The name of an event on the wire, as Echo makes it. */
function wireName(event: string, namespace: string | false | null | undefined): string {
  if (/^[.\\]/.test(event)) return event.slice(1);
  return (namespace ? `${namespace}.${event}` : event).replaceAll('.', '\\');
}
