import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

// Where the booking service listens; other ports for several copies on one machine.
const service = process.env.BOOKING_URL ?? 'http://127.0.0.1:8000';
const proxy = { '/api': service, '/config.json': service, '/notifications': service };

export default defineConfig({
  plugins: [react()],
  base: '/',
  resolve: {
    conditions: ['source', ...defaultClientConditions],
    dedupe: ['react', 'react-dom', 'laravel-echo', 'pusher-js'],
  },
  server: { proxy },
  preview: { proxy },
  build: {
    outDir: '../dist/react',
    emptyOutDir: true,
    // The Content-Security-Policy allows files of this origin only: no data: address, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
