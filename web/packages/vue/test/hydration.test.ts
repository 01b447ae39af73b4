import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { createSSRApp, nextTick } from 'vue';
import { createWebSocket } from '../src/index.ts';
import { stubAuthorization } from './authorization.ts';
import { Everything, EVERYTHING_IDLE } from './everything.ts';
import { fakeOptions, isolateTests, open } from './support.ts';

isolateTests();

test('M5: hydration begins with what the server rendered, though the connection is open already', async () => {
  stubAuthorization(() => ({ auth: 'key:x', channel_data: '{"user_id":"1"}' }));
  const warn = vi.spyOn(console, 'warn');
  const error = vi.spyOn(console, 'error');
  const connection = createConnection(fakeOptions());
  connection.connect();
  await open('1.1');

  const root = document.createElement('div');
  root.innerHTML = EVERYTHING_IDLE;
  const app = createSSRApp(Everything).use(createWebSocket(connection));
  app.mount(root);
  await nextTick();
  expect(warn).not.toHaveBeenCalled();
  expect(error).not.toHaveBeenCalled();
  expect(root.textContent).toContain('connected true false');
  expect(root.textContent).toContain('1.1');
  app.unmount();
  connection.destroy();
});
