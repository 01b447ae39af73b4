import {
  applyAvailabilityUpdated,
  applyCapacityUpdated,
  applySnapshot,
  AVAILABILITY_CHANNEL,
  EMPTY_AVAILABILITY,
  type Availability,
  type AvailabilityRecord,
  type AvailabilityState,
  type AvailabilityUpdated,
  type CapacityUpdated,
} from '@gema/booking';
import { unwrap } from '@gema/client';
import { useChannelEvent, type ChannelEventHandler } from '@gema/react';
import { useEffect, useEffectEvent, useReducer } from 'react';
import { useStudio } from '../context/StudioContext.ts';
import type { Day } from '../dates.ts';
import { useRequest } from './useRequest.ts';

/** How long a page may have been hidden before its numbers are fetched anew, in milliseconds. */
const HIDDEN_LONG_MS = 60_000;

const EVENTS = ['.AvailabilityUpdated', '.CapacityUpdated'] as const;

/** The free places of one day, as they are at this moment. */
export interface LiveAvailability {
  readonly state: AvailabilityState;
  /** By session: how often its numbers of the chosen day have changed since they were first shown. */
  readonly changes: ReadonlyMap<number, number>;
  /** Whether there are any numbers. */
  readonly known: boolean;
  readonly error: Error | null;
  readonly reload: () => void;
}

/**
 * Fetches the places of `day` (null: none yet) and keeps them up to date by events; fetches again whenever events may
 * have been missed: until the channel was subscribed, during an outage, and while the page was hidden for long.
 */
export function useAvailability(day: Day | null): LiveAvailability {
  const { api } = useStudio();
  const [live, dispatch] = useReducer(reduce, UNKNOWN);

  const { error, reload } = useRequest(day, async () => {
    const entries = await api.availability(day ?? undefined);
    dispatch({ kind: 'snapshot', entries });
  });

  const handle: ChannelEventHandler<(typeof EVENTS)[number]> = (payload, name) => {
    const event = unwrap<AvailabilityUpdated | CapacityUpdated>(payload);
    if (name === '.AvailabilityUpdated') {
      dispatch({ kind: 'availability', event: event as AvailabilityUpdated });
    } else {
      dispatch({ kind: 'capacity', event: event as CapacityUpdated });
    }
  };
  useChannelEvent(AVAILABILITY_CHANNEL, EVENTS, handle, { onSubscribed: reload });
  useShownAgain(reload);

  return {
    state: live.state,
    changes: live.changes.get(day ?? '') ?? NO_CHANGES,
    known: live.state !== EMPTY_AVAILABILITY,
    error,
    reload,
  };
}

/** Calls `then` when the page is shown again after it was hidden for long. */
function useShownAgain(then: () => void): void {
  const call = useEffectEvent(then);
  useEffect(() => {
    let hiddenAt: number | null = document.hidden ? Date.now() : null;
    const changed = (): void => {
      if (document.hidden) {
        hiddenAt = Date.now();
      } else if (hiddenAt !== null && Date.now() - hiddenAt >= HIDDEN_LONG_MS) {
        call();
      }
    };
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
}

interface Live {
  readonly state: AvailabilityState;
  readonly changes: ReadonlyMap<Day, ReadonlyMap<number, number>>;
}

type News =
  | { readonly kind: 'snapshot'; readonly entries: readonly Availability[] }
  | { readonly kind: 'availability'; readonly event: AvailabilityUpdated }
  | { readonly kind: 'capacity'; readonly event: CapacityUpdated };

const UNKNOWN: Live = { state: EMPTY_AVAILABILITY, changes: new Map() };
const NO_CHANGES: ReadonlyMap<number, number> = new Map();

function reduce(before: Live, news: News): Live {
  const state = apply(before.state, news);
  return { state, changes: counted(before, state) };
}

function apply(state: AvailabilityState, news: News): AvailabilityState {
  switch (news.kind) {
    case 'snapshot':
      return applySnapshot(state, news.entries);
    case 'availability':
      return applyAvailabilityUpdated(state, news.event);
    case 'capacity':
      return applyCapacityUpdated(state, news.event);
  }
}

/** The changes after those that lead to `state`: numbers that are new are no change, and neither are equal ones. */
function counted(before: Live, state: AvailabilityState): Live['changes'] {
  const changes = new Map(before.changes);
  for (const [key, record] of state.records) {
    const known = before.state.records.get(key);
    if (known === undefined || samePlaces(known, record)) continue;
    const ofDay = new Map(changes.get(record.date));
    changes.set(record.date, ofDay.set(record.session_id, (ofDay.get(record.session_id) ?? 0) + 1));
  }
  return changes;
}

function samePlaces(one: AvailabilityRecord, other: AvailabilityRecord): boolean {
  return one.current_capacity === other.current_capacity && one.max_capacity === other.max_capacity;
}
