import type { ConnectionOptions } from './types.ts';

export function connectionOptionsFromEnv(
  env: Record<string, unknown>,
  warn: (message: string) => void = console.warn,
): ConnectionOptions {
  throw new Error(`not there yet ${String(env)} ${String(warn)}`);
}
