import { createWebSocket, useChannelEvent, useWebSocket, useWebSocketWithReconnect } from '@gema/vue';
import { createApp, defineComponent, h, ref } from 'vue';
import { connectionOptions, policy } from './policy.ts';

const Connection = defineComponent(() => {
  const { connected, status, attempt, nextRetryIn, gaveUp, retry } = useWebSocketWithReconnect(policy);
  return () => {
    const state = {
      connected: connected.value,
      status: status.value,
      attempt: attempt.value,
      nextRetryIn: nextRetryIn.value,
      gaveUp: gaveUp.value,
    };
    return [
      h('output', { id: 'state' }, JSON.stringify(state)),
      h('button', { onClick: () => retry() }, 'Try again'),
    ];
  };
});

const Listener = defineComponent(() => {
  const { echo } = useWebSocket();
  const heard = ref(0);
  useChannelEvent('availability', '.AvailabilityUpdated', () => (heard.value += 1));
  return () => h('output', { class: 'heard' }, echo.value === null ? 'none' : String(heard.value));
});

const app = createApp({ render: () => [h(Connection), h(Listener), h(Listener), h(Listener)] });
app.use(createWebSocket(await connectionOptions())).mount('#app');
document.querySelector('#unmount')?.addEventListener('click', () => app.unmount());
