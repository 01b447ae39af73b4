import vue from '@vitejs/plugin-vue';
import { defaultClientConditions, defineConfig } from 'vite';

// Where the booking service listens; other ports for several copies on one machine. All but this application is its.
const proxy = { '^/(?!notifications(/|$))': process.env.BOOKING_URL ?? 'http://127.0.0.1:8000' };

export default defineConfig({
  plugins: [vue()],
  base: '/notifications/',
  resolve: {
    conditions: ['source', ...defaultClientConditions],
    dedupe: ['vue', 'laravel-echo', 'pusher-js'],
    // Minified by its makers, and their build for workers: without the detours over HTTP, which @gema/client turns off,
    // and the looks at `navigator.onLine`, which it takes itself. As in booking-react.
    alias: { 'pusher-js': 'pusher-js/dist/worker/pusher.worker.min.js' },
  },
  define: {
    // Templates and <script setup> only.
    __VUE_OPTIONS_API__: 'false',
  },
  server: { proxy },
  preview: { proxy },
  build: {
    outDir: '../dist/notifications',
    emptyOutDir: true,
    // The Content-Security-Policy allows files of this origin only: no data: address, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
