import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [vue()],
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    name: 'booking-vue',
    include: ['test/**/*.test.ts'],
    environment: 'jsdom',
    restoreMocks: true,
    css: false,
  },
});
