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
  renew: (hasToken: boolean) => void;
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
  /** A subscription that is no longer wanted is on its way: nothing else is asked until it is answered. */
  stale: boolean;
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
  let isOpen = false;

  /** First it does, then it tells: who is told may change everything. */
  function update(
    entry: Entry,
    state: ChannelState,
    next: Partial<ChannelSnapshot> = {},
    act?: () => void,
  ): void {
    const was = entry.snapshot;
    const now = { error: null, ...nobody, ...next, state };
    const isSame = was.state === state && state !== 'subscribed' && was.error === now.error;
    if (!isSame) entry.snapshot = now;
    act?.();
    if (!isSame) entry.changes.notify();
  }

  // === subscribing ===

  /** Without a connection, Pusher asks when there is one. */
  function subscribe(entry: Entry): void {
    const echo = options.echo();
    if (!echo) return;
    clearTimeout(entry.timer);
    if (isOpen) entry.timer = setTimeout(() => expire(entry), ANSWER_TIMEOUT);
    update(entry, isOpen ? 'subscribing' : 'idle', {}, () => {
      const { channel } = entry;
      if (!channel) {
        join(entry, echo);
      } else if (isOpen && !entry.stale) {
        if (authorization) channel.disconnect?.();
        echo.connector.pusher.subscribe(entry.name);
      }
    });
  }

  function join(entry: Entry, echo: EchoLike): void {
    const channel = subscriptionOf(echo, entry);
    entry.channel = channel;
    channel.bind_global(entry.receive);
    if (channel.subscribed) succeed(entry);
  }

  function expire(entry: Entry): void {
    if (entry.stale) {
      resume(entry);
    } else {
      end(entry);
      fail(entry, 'failed', { channel: entry.name, status: null, message: 'no answer' });
    }
  }

  /** Ends a subscription, wherever it may be: at the application, at the server, in Pusher. */
  function end({ channel, name, snapshot, stale, timer }: Entry): void {
    clearTimeout(timer);
    if (!authorization || !channel) return;
    const asking = authorization.pending.delete(name);
    if (!asking && (stale || /^subs/.test(snapshot.state)))
      options.echo()?.connector.pusher.send_event('pusher:unsubscribe', { channel: name });
    channel.disconnect?.();
  }

  /** What was granted until now does not count any more, not even what is on its way. */
  function disown(entry: Entry): void {
    const isAnswerDue =
      entry.snapshot.state === 'subscribing' && authorization?.pending.has(entry.name) === false;
    if (isAnswerDue) entry.stale = true;
    else if (!entry.stale) end(entry);
  }

  /** The answer that nobody wanted has come, or never will. */
  function resume(entry: Entry): void {
    end(entry);
    entry.stale = false;
    if (!entry.users) forget(entry);
    else if (entry.snapshot.state === 'subscribing') subscribe(entry);
  }

  function leave(entry: Entry): void {
    entry.channel?.unbind_global(entry.receive);
    if (entry.channel) options.echo()?.leaveChannel(entry.name);
    entry.channel = null;
  }

  function forget(entry: Entry): void {
    entries.delete(entry.name);
    leave(entry);
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
    channel?.disconnect?.();
    const refusal = authorization?.refusal();
    const { status = null, message = 'refused' } = refusal ?? { ...data, message: data.error };
    const error: ChannelFault = { channel: name, status, message };
    const token = refusal?.token;
    // No new token mends what the server refuses.
    const state =
      token === null ? 'unauthenticated' : stateOf(byServer && status === 401 ? 403 : Number(status));
    fail(entry, state, error);
    // Whoever was told of it may have brought another token.
    if (entry.snapshot.error !== error || state !== 'unauthenticated' || token === null || reported === token)
      return;
    reported = token;
    safely(() => options.onAuthError?.(error, token ?? null));
  }

  function fail(entry: Entry, state: ChannelState, error: ChannelFault): void {
    update(entry, state, { error }, () => {
      clearTimeout(entry.timer);
      if (state === 'forbidden') leave(entry);
      if (state !== 'failed') return;
      entry.timer = setTimeout(() => subscribe(entry), options.delay((entry.failures += 1)));
    });
  }

  // === receiving ===

  function receive(entry: Entry, event: string, data: unknown): void {
    const { stale, snapshot } = entry;
    const answer = /^pusher:subscription_([se])/.exec(event)?.[1];
    if (answer && stale) resume(entry);
    // What comes late is for whom it was subscribed before.
    if (stale || snapshot.state !== (answer ? 'subscribing' : 'subscribed')) return;
    if (answer === 's') {
      // Nothing was asked of the server yet: it confirms what was given up.
      if (authorization?.pending.has(entry.name)) return;
      succeed(entry);
      entry.confirmations.notify();
    } else if (answer) {
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
      stale: false,
      receive: (event, data) => receive(entry, event, data),
    };
    entries.set(name, entry);
    subscribe(entry);
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
        if (entry.snapshot.state === 'subscribed') entry.channel?.trigger(`client-${event}`, data);
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
      disown(entry);
      if (!entry.stale) forget(entry);
    });
  }

  return {
    acquire,
    joinAll() {
      for (const entry of entries.values()) subscribe(entry);
    },
    open() {
      isOpen = true;
      for (const entry of entries.values()) if (entry.channel) subscribe(entry);
    },
    close() {
      isOpen = false;
      authorization?.pending.clear();
      reported = null;
      for (const entry of entries.values()) {
        clearTimeout(entry.timer);
        entry.failures = 0;
        if (entry.stale) resume(entry);
        if (!/unauth|forbid/.test(entry.snapshot.state)) update(entry, 'idle');
      }
    },
    renew(hasToken) {
      for (const entry of entries.values()) {
        if (entry.visibility === 'public') continue;
        // An Echo that was given has no other token to ask with.
        if (!authorization && (!hasToken || entry.channel?.subscribed)) continue;
        disown(entry);
        if (hasToken) subscribe(entry);
        else update(entry, 'unauthenticated');
      }
    },
    clear() {
      for (const entry of entries.values()) {
        clearTimeout(entry.leaveTimer);
        end(entry);
        forget(entry);
      }
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
