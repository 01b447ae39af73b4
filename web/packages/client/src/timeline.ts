import type { PusherLike } from './echo.ts';

interface TimelineEvent {
  /** The number of a transport: of one attempt to open a socket. */
  cid?: number;
  /** Stands in the first event of a transport. */
  transport?: string;
  error?: unknown;
  pong_timed_out?: number;
}

interface Timeline {
  events?: TimelineEvent[];
  log?: (level: number, event: TimelineEvent) => void;
}

/** What {@link watchTimeline} tells. */
export interface TimelineWatcher {
  /** All sockets of the attempt have failed. */
  onFailed: () => void;
  /** The server gave no sign of life. */
  onSilence: () => void;
}

/** Ends what {@link watchTimeline} began. */
export interface TimelineWatch {
  /** The sockets of earlier attempts, which report their end late, no longer count. */
  begin: () => void;
  dispose: () => void;
}

/**
 * Reads along in the timeline of a Pusher: when a socket cannot be opened, pusher-js writes that down at once, but tells
 * nobody, and waits 15 seconds. Only this instance is touched; without a timeline, nothing
 * is told (null).
 *
 * With plain `ws`, pusher-js opens a second socket after two seconds: the attempt has failed when none is left.
 */
export function watchTimeline(
  pusher: PusherLike & { timeline?: Timeline },
  { onFailed, onSilence }: TimelineWatcher,
): TimelineWatch | null {
  const { timeline } = pusher;
  const log = timeline?.log;
  const opening = new Set<number>();
  if (!timeline || !log) return null;

  const failsAttempt = ({ cid, transport, error }: TimelineEvent): boolean => {
    if (!cid) return false;
    if (transport) opening.add(cid);
    return Boolean(error) && opening.delete(cid) && opening.size === 0;
  };
  // The constructor of Pusher connects: the first attempt has begun already.
  timeline.events?.forEach(failsAttempt);
  timeline.log = (level, event) => {
    log.call(timeline, level, event);
    if (failsAttempt(event)) onFailed();
    if (event.pong_timed_out) onSilence();
  };
  return {
    begin: () => opening.clear(),
    dispose: () => {
      timeline.log = log;
    },
  };
}
