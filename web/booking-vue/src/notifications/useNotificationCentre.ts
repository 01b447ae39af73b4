import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue';
import type { NotificationEntry, SessionSnapshot } from '@gema/booking';
import { useEventListener } from '../composables/useEventListener.ts';
import { useObservable } from '../composables/useObservable.ts';
import { useWebSocket } from '../composables/useWebSocket.ts';
import { millisecondsOf } from '../settings.ts';
import { useStudio } from '../studio.ts';
import { createNotices } from '../toasts/notices.ts';
import { createToastStack, type ToastStack } from '../toasts/toastStack.ts';
import { useConnectionNotices } from '../toasts/useConnectionNotices.ts';
import { EVERYTHING, type NotificationFilter } from './filter.ts';
import { createNotificationStore } from './notificationStore.ts';
import { PAGE_SIZE } from './requests.ts';
import { useLiveNotifications, type OwnChannelState } from './useLiveNotifications.ts';
import { useNotificationHistory, type NotificationHistory } from './useNotificationHistory.ts';

/** Coming back to the page after so long fetches the news: other devices may have read some. */
const REFRESH_AFTER_MS = 60_000;

/** Everything about the notifications of who is here. */
export interface NotificationCentre extends NotificationHistory {
  readonly filter: Ref<NotificationFilter>;
  /** What the filter lets through, newest first. */
  readonly shown: ComputedRef<readonly NotificationEntry[]>;
  readonly hasMore: ComputedRef<boolean>;
  readonly unreadCount: ComputedRef<number>;
  /** Whether `unreadCount` is worth showing: the server has counted, or what a guest has seen is here. */
  readonly isCounted: ComputedRef<boolean>;
  /** Who is logged in, or their history, is still being asked for. */
  readonly isLoading: ComputedRef<boolean>;
  /** What is shown is what there is: the history was loaded, or there is nobody to have one. */
  readonly isKnown: ComputedRef<boolean>;
  readonly session: Readonly<Ref<SessionSnapshot>>;
  readonly ownChannel: OwnChannelState;
  readonly toasts: ToastStack;
  /** Takes an entry from the list, and its toast. */
  readonly remove: (entry: NotificationEntry) => void;
}

/**
 * Live events and history of the session's user in one list, and toasts of what is new.
 *
 * @param removeOnDismiss whether an entry leaves the list with its toast, as in the guide; otherwise the list keeps it
 */
export function useNotificationCentre(removeOnDismiss: () => boolean): NotificationCentre {
  const { api, session: sessionSource, texts, settings, beep } = useStudio();
  const { connection } = useWebSocket();
  const session = useObservable(sessionSource);
  const store = createNotificationStore();
  const toasts = createToastStack(({ content }) => {
    if (content.kind === 'notification' && removeOnDismiss()) store.remove(content.entry.key);
  });
  onScopeDispose(toasts.destroy);

  const userId = (): number | null => session.value.user?.id ?? null;
  // Before the store forgets: what goes with its toast is not gone for the next user.
  watch(userId, (_, before) => before !== null && toasts.dismissAll(), { flush: 'sync' });

  const milliseconds = (): number | null => millisecondsOf(settings.toastDuration.value);
  const notices = createNotices(toasts, milliseconds);
  useConnectionNotices(connection, texts, notices);

  const history = useNotificationHistory({
    api,
    store,
    owner: () => ({ userId: userId(), token: session.value.token }),
    onFailure: (failure) => notices.say(failure, 'error', texts.t(`notifications.error.${failure}`)),
  });
  const ownChannel = useLiveNotifications({
    userId,
    receive(entry) {
      if (!store.receive(entry, history.isKept.value)) return;
      if (!settings.toasts[entry.type].value) return;
      toasts.show({ kind: 'notification', entry }, milliseconds());
      if (settings.sound.value) beep.play();
    },
    onListening: () => void history.refresh(),
  });

  const filter = ref<NotificationFilter>(EVERYTHING);
  const shown = computed(() => store.shown(filter.value));
  watch([filter, () => shown.value.length === 0], ([chosen]) => {
    // What is loaded may have few of them, or none any more, although the server has many.
    if (history.state.value !== 'ready' || shown.value.length >= PAGE_SIZE) return;
    if (store.hasMore(chosen)) void history.loadMore(chosen);
  });
  useRefreshOnReturn(() => void history.refresh());

  const isGuest = (): boolean => session.value.status === 'anonymous';
  const isCounted = computed(() => store.isCounted.value || (isGuest() && store.entries.value.length > 0));

  return {
    ...history,
    filter,
    shown,
    hasMore: computed(() => history.canLoad.value && store.hasMore(filter.value)),
    unreadCount: store.unreadCount,
    isCounted,
    isLoading: computed(
      () => session.value.token !== null && ['none', 'loading'].includes(history.state.value),
    ),
    isKnown: computed(() => store.isCounted.value || isGuest()),
    session,
    ownChannel,
    toasts,
    remove(entry) {
      store.remove(entry.key);
      for (const { id, content } of toasts.toasts.value) {
        if (content.kind === 'notification' && content.entry.key === entry.key) toasts.dismiss(id);
      }
    },
  };
}

function useRefreshOnReturn(refresh: () => void): void {
  let hiddenAt: number | null = null;
  useEventListener(document, 'visibilitychange', () => {
    if (document.hidden) {
      hiddenAt = Date.now();
    } else {
      if (hiddenAt !== null && Date.now() - hiddenAt >= REFRESH_AFTER_MS) refresh();
      hiddenAt = null;
    }
  });
}
