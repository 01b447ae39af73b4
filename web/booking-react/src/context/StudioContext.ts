import type { Api, Locale, Preference, Session, Theme } from '@gema/booking';
import { createContext, use, useSyncExternalStore } from 'react';
import type { Notices } from '../notices.ts';

/** What the whole application works with; made once, at the start. */
export interface Studio {
  readonly api: Api;
  readonly session: Session;
  readonly notices: Notices;
  readonly locale: Preference<Locale>;
  readonly theme: Preference<Theme>;
  /** When the page was opened, in milliseconds since the epoch. */
  readonly openedAt: number;
  /** Leaves this application for another page of this origin. */
  readonly leave: (path: string) => void;
}

/** Where components find the {@link Studio}. */
export const StudioContext = createContext<Studio | null>(null);

/** The API client, the session and the notices. Throws outside of a `StudioContext`. */
export function useStudio(): Studio {
  const studio = use(StudioContext);
  if (studio === null) throw new Error('useStudio needs a StudioContext above it');
  return studio;
}

/** Who is logged in at present. */
export function useSession(): ReturnType<Session['getSnapshot']> {
  const { session } = useStudio();
  return useSyncExternalStore(session.subscribe, session.getSnapshot);
}
