export { createWebSocket, type WebSocketPlugin } from './createWebSocket.ts';
export { webSocketConnectionKey, type ConnectionChoice } from './webSocketConnection.ts';
export { useWebSocket, type WebSocketState } from './useWebSocket.ts';
export {
  useWebSocketWithReconnect,
  type ReconnectOptions,
  type ReconnectState,
} from './useWebSocketWithReconnect.ts';
export { useChannelEvent, type ChannelEventState } from './useChannelEvent.ts';
export { useChannels, type ChannelsState } from './useChannels.ts';
export type { ChannelEventHandler, ChannelOptions } from './useChannelListener.ts';
export type { ChannelStatus } from './useSubscriptions.ts';
export { usePresence, type Presence } from './usePresence.ts';
export { useSocketId } from './useSocketId.ts';
export { useReconnected } from './useReconnected.ts';
