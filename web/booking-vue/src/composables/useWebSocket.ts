export { useWebSocket, useWebSocket as default, type WebSocketState } from '@gema/vue';
