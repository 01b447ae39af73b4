import type { ReconnectPolicy } from './backoff.ts';
import type { PusherLike } from './echo.ts';
import { bindAll, createListeners, type Listeners } from './listeners.ts';
import { watchTimeline, type TimelineWatch } from './timeline.ts';
import type { ConnectionFault, ConnectionSnapshot, ConnectionStatus } from './types.ts';

/** An attempt that has brought neither success nor failure by then has failed. */
const ATTEMPT_TIMEOUT = 10_000;
/** A connection that lived so long has ended the outage before it: attempts are counted anew. */
const STABLE_AFTER = 10_000;
/** Over quota (4004) nothing is won by hurry. */
const QUOTA_DELAY = 30_000;
/** A server that closes with 4200–4299 is replaced already; its clients return within this time, not in step. */
const HANDOVER_SPREAD = 500;

/** What the lifecycle needs of its connection. */
export interface LifecycleOptions {
  policy: () => ReconnectPolicy;
  /** Milliseconds until an attempt. */
  delay: (attempt: number) => number;
  random: () => number;
  /** A Pusher that is there already; its socket is not closed in the end. */
  given: PusherLike | null;
  /** Why nothing may be made. */
  obstacle: () => ConnectionFault | null;
  /** Makes the Pusher, which connects at once. */
  create: () => PusherLike;
  /** Before the channels are subscribed to. */
  onOpen: () => void;
  /** No channel is subscribed to any more. */
  onClose: () => void;
}

/** The state machine of a connection: it knows the state of Pusher, and owns when it connects. */
export interface Lifecycle {
  snapshot: () => ConnectionSnapshot;
  readonly changes: Listeners;
  readonly recoveries: Listeners;
  connect: () => void;
  retry: () => void;
  disconnect: () => void;
  /** Tells of another policy; a wait that runs is kept. */
  refresh: () => void;
  destroy: () => void;
}

/** Nothing is made on a server that renders pages. */
const inBrowser = typeof window !== 'undefined';

const unreachable = fault('lost', null, 'server unreachable');
const noNetwork = fault('lost', null, 'no network');

interface PusherError {
  type?: string;
  data?: { code?: number | null; message?: string };
  error?: PusherError;
}

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { policy, random, given } = options;
  const changes = createListeners();
  const recoveries = createListeners();
  let pusher: PusherLike | null = null;
  let timeline: TimelineWatch | null = null;
  /** Of the attempt that runs, or until the next one. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  let trying = false;
  /** The newest attempt; kept while connected. */
  let latest = 0;
  /** Was connected, and will be again. */
  let lost = false;
  let offline = false;
  let destroyed = false;
  /** Ends listening to Pusher. */
  let unbind: (() => void) | undefined;
  /** Ends listening to the browser. */
  let browser: AbortController | undefined;
  /** Pusher is disconnected by us. */
  let disconnecting = false;
  /** Pusher is disconnected once more at the end of this turn. */
  let draining = false;
  /** What Pusher said of a close, just before it. */
  let closeError: PusherError['data'];
  let snapshot = { lostAt: null } as ConnectionSnapshot;
  change('idle');

  function change(status: ConnectionStatus, next: Partial<ConnectionSnapshot> = {}): void {
    const was = snapshot;
    const connected = status === 'connected';
    snapshot = {
      attempt: 0,
      nextRetryAt: null,
      error: null,
      socketId: null,
      ...next,
      maxAttempts: policy().maxAttempts,
      status,
      connected,
      since: status === was.status ? was.since : Date.now(),
      lostAt: connected ? null : was.connected ? Date.now() : was.lostAt,
    };
    if (!connected) latest = snapshot.attempt;
    if (was.connected && !connected) options.onClose();
    changes.notify();
  }

  // === attempts ===

  function attempt(number: number, forced = false): void {
    if (!inBrowser || destroyed) return;
    listenToBrowser();
    const obstacle = options.obstacle();
    if (obstacle) {
      rest('failed', obstacle);
    } else if (offline && !forced) {
      change('offline', { attempt: number, error: noNetwork });
    } else {
      start(number);
      if (trying && !draining) pusher?.connect();
    }
  }

  /** An attempt begins, or has begun. */
  function start(number: number): void {
    stop();
    timeline?.begin();
    if (!pusher) adopt(options.create());
    trying = true;
    timer = setTimeout(() => fail(unreachable), ATTEMPT_TIMEOUT);
    change(number > 0 || lost ? 'reconnecting' : 'connecting', { attempt: number, error: snapshot.error });
  }

  /** Nothing runs and nothing is waited for any more. */
  function stop(): void {
    trying = false;
    clearTimeout(timer);
  }

  /** The attempt has failed, or the connection was lost. */
  function fail(error: ConnectionFault): void {
    // While draining, Pusher still tells of what has failed already.
    if (draining || (!trying && !snapshot.connected)) return;
    const isStable = snapshot.connected && Date.now() - snapshot.since >= STABLE_AFTER;
    const number = isStable ? 1 : latest + 1;
    lost ||= snapshot.connected;
    stop();
    drain();
    if (number > policy().maxAttempts) {
      change('failed', { attempt: number - 1, error: { ...error, kind: 'exhausted' } });
    } else if (offline) {
      change('offline', { attempt: number, error });
    } else {
      const code = Number(error.code);
      const delay =
        number === 1 && code >= 4200 && code < 4300
          ? Math.round(random() * HANDOVER_SPREAD)
          : Math.max(code === 4004 ? QUOTA_DELAY : 0, options.delay(number));
      timer = setTimeout(() => attempt(number), delay);
      change('reconnecting', { attempt: number, error, nextRetryAt: Date.now() + delay });
    }
  }

  /** Ends without a next attempt. */
  function rest(status: 'failed' | 'disconnected', error: ConnectionFault | null): void {
    lost ||= snapshot.connected;
    stop();
    change(status, { error });
  }

  // === Pusher ===

  function disconnectPusher(): void {
    disconnecting = true;
    pusher?.disconnect();
    disconnecting = false;
  }

  /**
   * Pusher tells of a loss before it sets its own retry timer: what is disconnected now must be so at the end of the
   * turn, too.
   */
  function drain(): void {
    if (draining || !pusher) return;
    draining = true;
    queueMicrotask(() => {
      draining = false;
      if (destroyed && given) return;
      disconnectPusher();
      if (trying) pusher?.connect();
    });
  }

  function handleClose(code: number, message: string): void {
    const refused = (code >= 4000 && code < 4100) || code >= 4300;
    const error = fault(refused ? 'refused' : 'lost', code, message);
    // At once: a close that Pusher goes on to handle makes it set a second timer, and forget the first.
    disconnectPusher();
    if (refused && code !== 4004) {
      drain();
      rest('failed', error);
    } else {
      fail(error);
    }
  }

  const bindings = {
    error(error: PusherError) {
      const { data } = error.error ?? {};
      if (error.type === 'WebSocketError' && data?.code) {
        handleClose(data.code, data.message || `closed with ${data.code}`);
      } else if (error.type === 'HandshakeError') {
        fail(fault('protocol', null, 'no Pusher server'));
      } else if (error.data?.code && error.data.code < 4000) {
        closeError = error.data;
      }
    },
    connecting_in: handleLoss,
    state_change({ current }: { current: string }) {
      if (current === 'connected') options.onOpen();
      else if (current === 'failed') rest('failed', fault('protocol', null, 'no WebSocket'));
      else if (current === 'disconnected') {
        if (!disconnecting) disconnect();
      } else if (snapshot.connected || current === 'unavailable') handleLoss();
      else if (!trying) start(snapshot.attempt);
    },
    connected: handleConnected,
  };

  /** Bound after Pusher's own: the subscriptions are on their way. */
  function handleConnected(): void {
    stop();
    closeError = undefined;
    offline = false;
    const recovered = lost;
    lost = false;
    change('connected', { socketId: pusher?.connection.socket_id ?? null });
    if (recovered) recoveries.notify();
  }

  function handleLoss(): void {
    fail(fault('lost', closeError?.code ?? null, closeError?.message || 'connection lost'));
  }

  function adopt(adopted: PusherLike): void {
    pusher = adopted;
    timeline = watchTimeline(adopted, {
      onFailed: () => {
        if (trying) fail(unreachable);
      },
      onSilence: () => fail(fault('lost', null, 'no answer')),
    });
    unbind = bindAll(adopted.connection, bindings);
  }

  // === the browser ===

  function listenToBrowser(): void {
    if (browser || !inBrowser) return;
    offline = !navigator.onLine;
    browser = new AbortController();
    addEventListener('online', hurry, browser);
    addEventListener('offline', handleOffline, browser);
    document.addEventListener('visibilitychange', handleVisibility, browser);
  }

  function handleOffline(): void {
    offline = true;
    if (snapshot.connected) {
      fail(noNetwork);
    } else if (isUnderWay()) {
      stop();
      drain();
      change('offline', { attempt: snapshot.attempt, error: noNetwork });
    }
  }

  function handleVisibility(): void {
    if (!document.hidden) hurry();
  }

  function hurry(): void {
    offline = !navigator.onLine;
    if (!offline && isUnderWay() && !trying) attempt(snapshot.attempt);
  }

  function isUnderWay(): boolean {
    return /ing$|offline/.test(snapshot.status);
  }

  // === what the connection asks for ===

  function connect(): void {
    if (snapshot.status === 'idle' || snapshot.status === 'disconnected') attempt(0);
  }

  function retry(): void {
    if (!trying && !snapshot.connected) attempt(isUnderWay() ? snapshot.attempt : Number(lost), true);
  }

  function disconnect(): void {
    if (destroyed) return;
    rest('disconnected', null);
    lost = false;
    disconnectPusher();
    drain();
  }

  /** A wait that runs is kept. */
  function refresh(): void {
    change(snapshot.status, snapshot);
  }

  function destroy(): void {
    if (destroyed) return;
    destroyed = true;
    // First nobody listens, then it ends: the end must not look like a loss.
    browser?.abort();
    unbind?.();
    timeline?.dispose();
    const waiting = isUnderWay() && !trying;
    rest('disconnected', null);
    if (!given) {
      pusher?.disconnect();
      drain();
    } else if (waiting) {
      given.connect();
    }
  }

  if (given) {
    adopt(given);
    listenToBrowser();
    const { state } = given.connection;
    if (state === 'connected') {
      options.onOpen();
      handleConnected();
    } else if (state === 'connecting' || state === 'unavailable') start(0);
    else if (state !== 'initialized') rest('disconnected', null);
  }

  return {
    snapshot: () => snapshot,
    changes,
    recoveries,
    connect,
    retry,
    disconnect,
    refresh,
    destroy,
  };
}

function fault(kind: ConnectionFault['kind'], code: number | null, message: string): ConnectionFault {
  return { kind, code, message };
}
