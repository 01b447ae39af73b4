import type { Locale, User } from '@gema/booking';
import type { Connection } from '@gema/client';
import { WebSocketProvider } from '@gema/react';
import { act, render, type RenderResult } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { StrictMode, type ReactElement } from 'react';
import { vi } from 'vitest';
import { FakePusher, settled } from '../../packages/client/test/fake-pusher.ts';
import { App } from '../src/App.tsx';
import { WordsContext, wordsOf } from '../src/context/LocaleContext.ts';
import { StudioContext, type Studio } from '../src/context/StudioContext.ts';
import { connectStudio, openStudio } from '../src/studio.ts';
import { places, session, user as someUser } from './fixtures.ts';
import { data, FakeServer, type Received } from './server.ts';

/** How a test begins. */
export interface Beginning {
  readonly locale?: Locale;
  /** Who is logged in; nobody by default. */
  readonly user?: User;
  /** Whether the connection is made at once; true by default. */
  readonly connected?: boolean;
}

/** An application under test. */
export interface Stage {
  readonly server: FakeServer;
  readonly studio: Studio;
  readonly connection: Connection;
  readonly visitor: UserEvent;
  readonly leave: ReturnType<typeof vi.fn>;
  readonly pusher: FakePusher;
  readonly view: RenderResult;
}

/** A server with one session that is half full, and everything else that a page asks for. */
export function studioServer(): FakeServer {
  return new FakeServer()
    .on('GET /config.json', Response.json({ key: 'key', host: 'ws.test', port: 80, scheme: 'http' }))
    .on('GET /api/v1/sessions', data({ sessions: [session()] }))
    .on('GET /api/v1/availability', ({ query }) =>
      data({ availability: [places(6, 12, { date: query.get('date') ?? '' })] }),
    )
    .on('POST /api/broadcasting/auth', grant);
}

/** The answer to whoever may hear what they ask for. */
export function grant({ body }: Pick<Received, 'body'>): Response {
  const names = body['channel_names'] as string[];
  const granted = names.map((name) => [name, { status: 200, auth: `key:${name}` }]);
  return Response.json({ channels: Object.fromEntries(granted) as object });
}

/** The whole application. */
export function openApp(server: FakeServer, beginning: Beginning = {}): Promise<Stage> {
  return open(<App />, server, beginning);
}

/** A part of it, in a language. */
export function openPart(part: ReactElement, server: FakeServer, beginning: Beginning = {}): Promise<Stage> {
  return open(
    <WordsContext value={wordsOf(beginning.locale ?? 'en')}>{part}</WordsContext>,
    server,
    beginning,
  );
}

async function open(content: ReactElement, server: FakeServer, beginning: Beginning): Promise<Stage> {
  const { locale = 'en', user, connected = true } = beginning;
  localStorage.setItem('locale', locale);
  if (user !== undefined) {
    localStorage.setItem('token', `token-of-${user.id}`);
    server.on('GET /api/v1/user', data({ user }));
  }
  const leave = vi.fn();
  const studio = { ...openStudio(), leave };
  const connection = await connectStudio(studio);
  const visitor = userEvent.setup({ advanceTimers: (ms) => vi.advanceTimersByTime(ms) });
  const view = render(
    <StrictMode>
      <StudioContext value={studio}>
        <WebSocketProvider connection={connection}>{content}</WebSocketProvider>
      </StudioContext>
    </StrictMode>,
  );
  const pusher = FakePusher.latest;
  if (connected) await during(() => void pusher.open());
  return { server, studio, connection, visitor, leave, pusher, view };
}

/** Does something, and lets everything happen that follows from it at once. */
export async function during(happening: () => void): Promise<void> {
  await act(async () => {
    happening();
    await settled();
  });
}

/** Lets time pass. */
export async function pass(milliseconds: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
}

/** Who is logged in by default. */
export const SITI = someUser();
