import { expect, test, vi } from 'vitest';
import { connectionOptionsFromEnv } from '../src/index.ts';

const complete = {
  VITE_REVERB_APP_KEY: 'key',
  VITE_REVERB_HOST: 'ws.test',
  VITE_REVERB_PORT: '8080',
  VITE_REVERB_SCHEME: 'http',
};

test('the names of Laravel (X-02)', () => {
  const warn = vi.fn();
  expect(connectionOptionsFromEnv(complete, warn)).toEqual({
    key: 'key',
    host: 'ws.test',
    port: 8080,
    scheme: 'http',
  });
  expect(warn).not.toHaveBeenCalled();
});

test.each([
  ['VITE_REVERB_KEY', { ...complete, VITE_REVERB_APP_KEY: undefined, VITE_REVERB_KEY: 'key' }],
  [
    'REACT_APP_REVERB_KEY',
    {
      REACT_APP_REVERB_KEY: 'key',
      REACT_APP_REVERB_HOST: 'ws.test',
      REACT_APP_REVERB_PORT: '8080',
      REACT_APP_REVERB_SCHEME: 'http',
    },
  ],
])('the older name %s, with a warning (X-02, X-03)', (name, env) => {
  const warn = vi.fn();
  expect(connectionOptionsFromEnv(env, warn)).toEqual(connectionOptionsFromEnv(complete));
  expect(warn).toHaveBeenCalledWith(expect.stringContaining(`${name} is deprecated`));
});

test('the right name wins over an older one, without a warning', () => {
  const warn = vi.fn();
  expect(connectionOptionsFromEnv({ ...complete, VITE_REVERB_KEY: 'old' }, warn).key).toBe('key');
  expect(warn).not.toHaveBeenCalled();
});

test('without scheme and port it is https on 443, with http on 80', () => {
  const { VITE_REVERB_APP_KEY, VITE_REVERB_HOST } = complete;
  expect(connectionOptionsFromEnv({ VITE_REVERB_APP_KEY, VITE_REVERB_HOST })).toMatchObject({
    scheme: 'https',
    port: 443,
  });
  expect(connectionOptionsFromEnv({ ...complete, VITE_REVERB_PORT: undefined })).toMatchObject({ port: 80 });
});

test.each([
  ['VITE_REVERB_PORT', ''],
  ['VITE_REVERB_PORT', 'NaN'],
  ['VITE_REVERB_PORT', '80a'],
  ['VITE_REVERB_PORT', '-1'],
  ['VITE_REVERB_PORT', '0'],
  ['VITE_REVERB_PORT', '65536'],
  ['VITE_REVERB_PORT', NaN],
  ['VITE_REVERB_SCHEME', ''],
  ['VITE_REVERB_SCHEME', 'wss'],
  ['VITE_REVERB_APP_KEY', ''],
  ['VITE_REVERB_APP_KEY', undefined],
  ['VITE_REVERB_HOST', ' '],
  ['VITE_REVERB_HOST', undefined],
])('%s = %j is refused by name (X-08)', (name, value) => {
  expect(() => connectionOptionsFromEnv({ ...complete, [name]: value })).toThrow(name);
});

test('an older name is refused by its own name', () => {
  const env = { ...complete, VITE_REVERB_PORT: undefined, REACT_APP_REVERB_PORT: 'x' };
  expect(() => connectionOptionsFromEnv(env)).toThrow('REACT_APP_REVERB_PORT');
});

test('all mistakes are told at once', () => {
  expect(() => connectionOptionsFromEnv({ VITE_REVERB_PORT: '' })).toThrow(
    'VITE_REVERB_APP_KEY must be a key, not ""; VITE_REVERB_HOST must be a host, not ""; ' +
      'VITE_REVERB_PORT must be a port, not ""',
  );
});
