/** The build that browsers load. */
declare module 'pusher-js/dist/web/pusher.js' {
  export { default } from 'pusher-js';
}
