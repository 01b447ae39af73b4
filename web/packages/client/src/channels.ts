import type { Authorization } from './authorization.ts';
import { isDevelopment, warnUnheard } from './development.ts';
import type { EchoLike, PusherChannelLike } from './echo.ts';
import { createListeners, safely, type Listeners } from './listeners.ts';
import type {
  ChannelFault,
  ChannelHandle,
  ChannelSnapshot,
  ChannelState,
  Member,
  Visibility,
} from './types.ts';

/** What the channels need of their connection. */
export interface ChannelsOptions {
  echo: () => EchoLike | null;
  isConnected: () => boolean;
  authorization: Authorization;
  /** Milliseconds until an authorization that failed is asked for again. */
  retryDelay: (failures: number) => number;
  onAuthError: ((fault: ChannelFault) => void) | undefined;
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
  /** Private channels that are not subscribed are authorized again, or are left when there is no token. */
  authorizeAgain: (hasToken: boolean) => void;
  clear: () => void;
}

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
  snapshot: ChannelSnapshot;
  /** Null while the channel is not wanted of Pusher. */
  channel: PusherChannelLike | null;
  leaveTimer?: ReturnType<typeof setTimeout>;
  retryTimer?: ReturnType<typeof setTimeout>;
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
  /** Left before Pusher had subscribed to them. */
  const cancelled = new Set<string>();

  function update(entry: Entry, state: ChannelState, next: Partial<ChannelSnapshot> = {}): void {
    const { snapshot } = entry;
    if (snapshot.state === state && state !== 'subscribed' && snapshot.error === (next.error ?? null)) return;
    entry.snapshot = { error: null, ...nobody, ...next, state };
    entry.changes.notify();
  }

  // === subscribing ===

  function join(entry: Entry): void {
    const echo = options.echo();
    if (!echo || entry.channel) return;
    update(entry, options.isConnected() ? 'subscribing' : 'idle');
    const channel = subscriptionOf(echo, entry);
    entry.channel = channel;
    channel.bind_global(entry.receive);
    if (channel.subscribed) update(entry, 'subscribed', membersOf(channel));
  }

  function leave(entry: Entry): void {
    const echo = options.echo();
    const { channel, name } = entry;
    clearTimeout(entry.retryTimer);
    if (!echo || !channel) return;
    entry.channel = null;
    channel.unbind_global(entry.receive);
    authorization.cancel(name);
    echo.leaveChannel(name);
    if (echo.connector.pusher.channel(name)) cancelled.add(name);
  }

  /** Asks for the authorization of a channel that is not subscribed. */
  function authorize(entry: Entry): void {
    clearTimeout(entry.retryTimer);
    if (!entry.channel) {
      join(entry);
    } else if (options.isConnected()) {
      update(entry, 'subscribing');
      if (!authorization.renew(entry.name)) options.echo()?.connector.pusher.subscribe(entry.name);
    } else {
      update(entry, 'idle');
    }
  }

  /** By the endpoint of the application, or of a channel that it had granted, by the server. */
  function refused(entry: Entry, data: { status?: number; error?: string }): void {
    const { status, message, anonymous } = authorization.refusal() ?? {
      status: data.status ?? null,
      message: data.error ?? 'refused',
    };
    const error: ChannelFault = { channel: entry.name, status, message };
    const byServer = entry.channel?.subscriptionPending;
    if (byServer) entry.channel?.disconnect?.();
    const state = byServer ? 'forbidden' : anonymous ? 'unauthenticated' : stateOf(status);
    update(entry, state, { error });
    if (state === 'forbidden') leave(entry);
    else if (state === 'failed') retryLater(entry);
    else if (!anonymous) safely(() => options.onAuthError?.(error));
  }

  function retryLater(entry: Entry): void {
    entry.failures += 1;
    clearTimeout(entry.retryTimer);
    entry.retryTimer = setTimeout(() => authorize(entry), options.retryDelay(entry.failures));
  }

  // === receiving ===

  function receive(entry: Entry, event: string, data: unknown): void {
    if (event === 'pusher:subscription_succeeded') {
      entry.failures = 0;
      update(entry, 'subscribed', membersOf(entry.channel));
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
      const end = () => {
        ends.delete(end);
        remove();
      };
      ends.add(end);
      if (released) end();
      return end;
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
      release() {
        if (released) return;
        released = true;
        for (const end of ends) end();
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
      const pusher = options.echo()?.connector.pusher;
      for (const name of cancelled) {
        // Pusher remembers a subscription that was cancelled while the connection broke, and would renew it.
        if (pusher?.channel(name)?.subscriptionCancelled && !entries.get(name)?.channel)
          pusher.unsubscribe(name);
      }
      cancelled.clear();
      for (const entry of entries.values()) if (entry.channel) update(entry, 'subscribing');
    },
    close() {
      authorization.drop();
      for (const entry of entries.values()) {
        clearTimeout(entry.retryTimer);
        entry.failures = 0;
        if (!['unauthenticated', 'forbidden'].includes(entry.snapshot.state)) update(entry, 'idle');
      }
    },
    authorizeAgain(hasToken) {
      for (const entry of entries.values()) {
        if (entry.visibility === 'public') continue;
        if (!hasToken) {
          leave(entry);
          update(entry, 'unauthenticated');
        } else if (entry.snapshot.state !== 'subscribed') {
          authorize(entry);
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

function stateOf(status: number | null): ChannelState {
  if (status === 401 || status === 419) return 'unauthenticated';
  const isFinal = status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;
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
