import { computed, watch, type ComputedRef } from 'vue';
import type { ChannelState } from '@gema/client';
import {
  fromBookingStatus,
  fromPaymentStatus,
  fromSystem,
  NOTIFICATIONS_CHANNEL,
  userChannel,
  type NotificationEntry,
} from '@gema/booking';
import { useChannelEvent } from '@gema/vue';

/** How far the subscription to the user's own channel has come; null without a user. */
export type OwnChannelState = ComputedRef<ChannelState | null>;

/** What {@link useLiveNotifications} needs. */
export interface LiveOptions {
  readonly userId: () => number | null;
  readonly receive: (entry: NotificationEntry) => void;
  /** What is sent from now on is received; what was sent before may have been missed. */
  readonly onListening: () => void;
}

/**
 * Listens to what concerns everybody and, as long as it is known who the user is, to what concerns them. Nothing is
 * subscribed without an id.
 */
export function useLiveNotifications({ userId, receive, onListening }: LiveOptions): OwnChannelState {
  /** Everybody's channel is there, and the user's own one was not yet. */
  let waiting = false;
  const listening = (): void => {
    waiting = false;
    onListening();
  };
  useChannelEvent(NOTIFICATIONS_CHANNEL, '.SystemNotification', (event) => receive(fromSystem(event)), {
    onSubscribed() {
      waiting = isUnderWay(ownState.value);
      if (!waiting) listening();
    },
  });
  const ownChannel = (): string | null => {
    const id = userId();
    return id === null ? null : userChannel(id);
  };
  const { state } = useChannelEvent(
    ownChannel,
    ['.BookingStatusUpdated', '.PaymentStatusUpdated'],
    (payload, event) => {
      receive(event === '.BookingStatusUpdated' ? fromBookingStatus(payload) : fromPaymentStatus(payload));
    },
    { visibility: 'private', onSubscribed: listening },
  );
  const ownState = computed(() => (userId() === null ? null : state.value));
  watch(ownState, (present) => {
    // The own channel is refused: what everybody is told may have been missed all the same.
    if (waiting && !isUnderWay(present)) listening();
  });
  return ownState;
}

/** Whether the server is still to say something about the channel. */
function isUnderWay(state: ChannelState | null): boolean {
  return state === 'idle' || state === 'subscribing';
}
