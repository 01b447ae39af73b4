import vue from '@vitejs/plugin-vue';
import { defineConfig, defaultClientConditions } from 'vite';

// The pages of specs/hooks.spec.ts: React and Vue applications that are nothing but the hooks.
export default defineConfig({
  root: 'hooks',
  base: '/hooks/',
  plugins: [vue()],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    rollupOptions: { input: ['hooks/react.html', 'hooks/vue.html'] },
  },
});
