/** True where Vite serves or tests; production builds drop what depends on it. */
export const isDevelopment = Boolean((import.meta as { env?: { DEV?: boolean } }).env?.DEV);

const warned = new Set<string>();

/**
 * Warns once of an event that nobody hears because of a dot or a namespace: Echo's names are easy to get wrong.
 *
 * @param event its name on the wire
 * @param names to what is listened
 */
export function warnUnheard(event: string, names: string[]): void {
  if (warned.has(event) || !names.some((name) => lastPart(name) === lastPart(event))) return;
  warned.add(event);
  console.warn(`received \`${event}\`, nobody listens; did you mean \`.${event}\`?`);
}

function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('\\')) + 1).toLowerCase();
}
