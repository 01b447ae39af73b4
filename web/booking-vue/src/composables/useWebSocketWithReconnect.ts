export {
  useWebSocketWithReconnect,
  useWebSocketWithReconnect as default,
  type ReconnectState,
} from '@gema/vue';
