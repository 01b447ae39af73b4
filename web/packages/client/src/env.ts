import type { ConnectionOptions } from './types.ts';

/**
 * The options that the variables of a build name: `connectionOptionsFromEnv(import.meta.env)`.
 *
 * Without a scheme it is `https`, without a port that of the scheme (443 or 80). Old names are taken too, with a warning
 * for each.
 *
 * @throws Error that names every variable that is missing, empty or wrong
 */
export function connectionOptionsFromEnv(
  env: Record<string, unknown>,
  warn: (message: string) => void = console.warn,
): ConnectionOptions {
  // Vite adds booleans, under other names.
  const values = env as Record<string, string | number | undefined>;
  const problems: string[] = [];

  /** The value of the first name that is set; all but the first are of the guides of older times. */
  function read(
    names: string[],
    expected: string,
    isValid: (value: string) => boolean,
    otherwise: string | number = '',
  ): string {
    const [right] = names;
    const name = names.find((candidate) => values[candidate] !== undefined) ?? String(right);
    const value = String(values[name] ?? otherwise).trim();
    if (name !== right) warn(`${name} is deprecated, name it ${right}`);
    if (!isValid(value)) problems.push(`${name} must be ${expected}, not "${value}"`);
    return value;
  }

  const key = read([...namesOf('APP_KEY'), ...namesOf('KEY')], 'a key', Boolean);
  const host = read(namesOf('HOST'), 'a host', Boolean);
  const scheme = read(namesOf('SCHEME'), 'http or https', (value) => /^https?$/.test(value), 'https');
  const port = read(namesOf('PORT'), 'a port', isPort, scheme === 'http' ? 80 : 443);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return { key, host, port: Number(port), scheme: scheme as 'http' | 'https' };
}

/** Whether it is a whole number from 1 to 65535, as number or as text. */
export function isPort(value: number | string): boolean {
  return /^\d+$/.test(String(value)) && Number(value) > 0 && Number(value) < 65_536;
}

function namesOf(part: string): string[] {
  return [`VITE_REVERB_${part}`, `REACT_APP_REVERB_${part}`];
}
