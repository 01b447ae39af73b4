export { useWebSocket, useWebSocket as default } from '@gema/react';
