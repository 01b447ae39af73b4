export { useWebSocketWithReconnect, useWebSocketWithReconnect as default } from '@gema/react';
