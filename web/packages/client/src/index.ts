export {
  backoffDelay,
  DEFAULT_RECONNECT,
  GUIDE_RECONNECT,
  reconnectPolicy,
  type ReconnectPolicy,
} from './backoff.ts';
export { createConnection } from './connection.ts';
export type {
  EchoChannelLike,
  EchoLike,
  PusherChannelLike,
  PusherConnectionLike,
  PusherLike,
} from './echo.ts';
export { connectionOptionsFromEnv } from './env.ts';
export { handleWebSocketError } from './error-handler.ts';
export type { EventName, GemaEvents, PayloadOf } from './events.ts';
export type {
  ChannelFault,
  ChannelHandle,
  ChannelSnapshot,
  ChannelState,
  Connection,
  ConnectionFault,
  ConnectionOptions,
  ConnectionSnapshot,
  ConnectionStatus,
  ErrorMessages,
  Member,
  NoticeLevel,
  Visibility,
} from './types.ts';
export { unwrap } from './unwrap.ts';
