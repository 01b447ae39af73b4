import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

// Where the booking service listens; other ports for several copies on one machine.
const service = process.env.BOOKING_URL ?? 'http://127.0.0.1:8000';
const proxy = { '/api': service, '/config.json': service, '/notifications': service };

/**
 * Chunks that come when they are asked for have no styles and no imports of their own here, so that there is nothing
 * to load in advance: 0.7 KB gzip less.
 */
const withoutPreload = {
  name: 'without-preload',
  enforce: 'pre',
  load: (id) =>
    id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load();' : null,
};

/**
 * React's packages are CommonJS, in which each use is `(0, react.useState)(…)`. As variables of a module they are
 * 0.2 KB gzip less. A name that lacks here is an error of the build.
 */
const modules = {
  react:
    'StrictMode, Suspense, createContext, lazy, use, useCallback, useContext, useEffect, useEffectEvent, useId, ' +
    'useInsertionEffect, useLayoutEffect, useMemo, useReducer, useRef, useState, useSyncExternalStore',
  'react/jsx-runtime': 'Fragment, jsx, jsxs',
};
const reactAsModules = {
  name: 'react-as-modules',
  apply: 'build',
  enforce: 'pre',
  resolveId: (id, importer = '') =>
    id in modules && !importer.startsWith('\0') && !importer.includes('node_modules') ? `\0${id}` : null,
  load(id) {
    const names = id.startsWith('\0') ? modules[id.slice(1)] : undefined;
    return names && `import all from '${id.slice(1)}'; export const { ${names} } = all;`;
  },
};

export default defineConfig({
  plugins: [react(), withoutPreload, reactAsModules],
  base: '/',
  resolve: {
    conditions: ['source', ...defaultClientConditions],
    dedupe: ['react', 'react-dom', 'laravel-echo', 'pusher-js'],
    // Minified by its makers: 0.3 KB gzip less than by us. It is their build for workers: without the detours over HTTP,
    // which @gema/client turns off, and the looks at `navigator.onLine`, which it takes itself. 1.8 KB gzip less.
    alias: { 'pusher-js': 'pusher-js/dist/worker/pusher.worker.min.js' },
  },
  server: { proxy },
  preview: { proxy },
  build: {
    outDir: '../dist/react',
    emptyOutDir: true,
    // The Content-Security-Policy allows files of this origin only: no data: address, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Since 2024 in all browsers: `light-dark()` need not be rewritten.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
});
