// For frameworks with server components: everything here is for the browser.
'use client';

export { configureWebSocket } from './defaultConnection.ts';
export { WebSocketProvider, type WebSocketProviderProps } from './WebSocketProvider.tsx';
export { useWebSocket, type WebSocketState } from './useWebSocket.ts';
export { useWebSocketWithReconnect, type ReconnectState } from './useWebSocketWithReconnect.ts';
export { useChannelEvent } from './useChannelEvent.ts';
export { useChannels } from './useChannels.ts';
export type { ChannelEventHandler, ChannelOptions } from './useChannelListener.ts';
export type { ChannelStatus, ChannelStatuses } from './channelStore.ts';
export { usePresence, type Presence } from './usePresence.ts';
export { useSocketId } from './useSocketId.ts';
export { useReconnected } from './useReconnected.ts';
export { fetchWithSocketId } from './fetchWithSocketId.ts';
