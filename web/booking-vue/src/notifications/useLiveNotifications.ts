import { computed, type ComputedRef } from 'vue';
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

/**
 * Listens to what concerns everybody and, as long as it is known who the user is, to what concerns them. Nothing is
 * subscribed without an id.
 */
export function useLiveNotifications(
  userId: () => number | null,
  receive: (entry: NotificationEntry) => void,
): OwnChannelState {
  useChannelEvent(NOTIFICATIONS_CHANNEL, '.SystemNotification', (event) => receive(fromSystem(event)));
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
    { visibility: 'private' },
  );
  return computed(() => (userId() === null ? null : state.value));
}
