/**
 * The events of an application: names with a leading dot, and their payloads. Empty here; an application
 * augments it, and from then on handlers have types:
 *
 * ```ts
 * declare module '@gema/client' {
 *   interface GemaEvents {
 *     '.AvailabilityUpdated': { session_id: number };
 *   }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by applications
export interface GemaEvents {}

/** A name in {@link GemaEvents}, or any other name. */
export type EventName = keyof GemaEvents | (string & {});

/** The payload of event `E`. The bare name `X` finds `.X` too; `unknown` for names that are not in the map. */
export type PayloadOf<E extends EventName> = E extends keyof GemaEvents
  ? GemaEvents[E]
  : `.${E}` extends keyof GemaEvents
    ? GemaEvents[`.${E}`]
    : unknown;
