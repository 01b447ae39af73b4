import type { ConnectionOptions } from './types.ts';

/** The names of each variable; the first is right, the others are of the guides of older times. */
const NAMES = {
  key: ['VITE_REVERB_APP_KEY', 'VITE_REVERB_KEY', 'REACT_APP_REVERB_APP_KEY', 'REACT_APP_REVERB_KEY'],
  host: ['VITE_REVERB_HOST', 'REACT_APP_REVERB_HOST'],
  port: ['VITE_REVERB_PORT', 'REACT_APP_REVERB_PORT'],
  scheme: ['VITE_REVERB_SCHEME', 'REACT_APP_REVERB_SCHEME'],
} as const;

/**
 * The options that the variables of a build name: `connectionOptionsFromEnv(import.meta.env)`.
 *
 * Without a scheme it is `https`, without a port that of the scheme (443 or 80). Old names are taken too, with one
 * warning.
 *
 * @throws Error that names every variable that is missing, empty or wrong
 */
export function connectionOptionsFromEnv(
  env: Record<string, unknown>,
  warn: (message: string) => void = console.warn,
): ConnectionOptions {
  const problems: string[] = [];
  const deprecated: string[] = [];

  function read<T>(
    names: readonly [string, ...string[]],
    parse: (value: unknown, name: string) => T,
  ): T | undefined {
    const name = names.find((candidate) => env[candidate] !== undefined) ?? names[0];
    if (name !== names[0]) deprecated.push(`${name} is deprecated, name it ${names[0]}`);
    try {
      return parse(env[name], name);
    } catch (problem) {
      problems.push((problem as Error).message);
      return undefined;
    }
  }

  const key = read(NAMES.key, parseText);
  const host = read(NAMES.host, parseText);
  const scheme = read(NAMES.scheme, (value = 'https', name) => parseScheme(value, name));
  const port = read(NAMES.port, (value = scheme === 'http' ? 80 : 443, name) => parsePort(value, name));
  if (key === undefined || host === undefined || scheme === undefined || port === undefined) {
    throw new Error(problems.join('; '));
  }
  if (deprecated.length > 0) warn(deprecated.join('; '));
  return { key, host, port, scheme };
}

/**
 * A port as number.
 *
 * @param name what the error calls it
 * @throws Error unless it is a whole number from 1 to 65535
 */
export function parsePort(value: unknown, name: string): number {
  const port = /^\d+$/.test(String(value)) ? Number(value) : 0;
  if (port < 1 || port > 65_535) throw new Error(`${name} is ${quote(value)}, not a port`);
  return port;
}

function parseScheme(value: unknown, name: string): 'http' | 'https' {
  if (value !== 'http' && value !== 'https') throw new Error(`${name} is ${quote(value)}, not http or https`);
  return value;
}

function parseText(value: unknown, name: string): string {
  if (value === undefined) throw new Error(`${name} is not set`);
  if (typeof value !== 'string' || value.trim() === '') throw new Error(`${name} is empty`);
  return value;
}

function quote(value: unknown): string {
  return JSON.stringify(value);
}
