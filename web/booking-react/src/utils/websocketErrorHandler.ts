export { handleWebSocketError } from '@gema/client';
