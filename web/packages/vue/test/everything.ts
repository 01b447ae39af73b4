import { defineComponent, h } from 'vue';
import {
  useChannelEvent,
  useChannels,
  usePresence,
  useReconnected,
  useSocketId,
  useWebSocket,
  useWebSocketWithReconnect,
} from '../src/index.ts';

/** A component that uses each composable once. */
export const Everything = defineComponent({
  setup() {
    const { status, connected, echo } = useWebSocket();
    const { nextRetryIn } = useWebSocketWithReconnect();
    const socketId = useSocketId();
    const { state } = useChannelEvent('news', '.Told', () => undefined);
    const { statuses } = useChannels(['a', 'b'], '.Told', () => undefined);
    const { count } = usePresence('room');
    useReconnected(() => undefined);
    return () =>
      h(
        'p',
        [
          status.value,
          connected.value,
          echo.value === null,
          nextRetryIn.value,
          socketId.value,
          state.value,
          Object.keys(statuses.value).length,
          count.value,
        ].join(' '),
      );
  },
});

/** What it shows where nothing was opened. */
export const EVERYTHING_IDLE = '<p>idle false true   idle 0 0</p>';
