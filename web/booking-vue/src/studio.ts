import { effectScope, inject, type App, type InjectionKey, type Ref } from 'vue';
import type { ConnectionOptions } from '@gema/client';
import {
  authorizedBy,
  createApi,
  createLocalePreference,
  createSession,
  createThemePreference,
  followSession,
  keepUserLoaded,
  type Api,
  type Session,
  type Theme,
} from '@gema/booking';
import { createWebSocket } from '@gema/vue';
import { createBeep, type Beep } from './beep.ts';
import { usePreference } from './composables/useObservable.ts';
import { createSettings, type Settings } from './settings.ts';
import { createTexts, type Texts } from './texts/texts.ts';

/** What the whole application works with. */
export interface Studio {
  readonly api: Api;
  readonly session: Session;
  readonly texts: Texts;
  readonly theme: Ref<Theme>;
  readonly settings: Settings;
  readonly beep: Beep;
}

const studioKey: InjectionKey<Studio> = Symbol('studio');

/** What `app.use(createStudio(options))` is given. */
export interface StudioOptions {
  /** Where to connect, as `loadConnectionOptions()` says. */
  readonly connection: ConnectionOptions;
}

/**
 * Makes the plugin that gives an application its session, API, texts, settings and its one connection. All of it ends
 * with the unmount of the application.
 */
export function createStudio({ connection }: StudioOptions): { install(app: App): void } {
  return {
    install(app) {
      const session = createSession();
      const webSocket = createWebSocket({
        batchAuthorization: true,
        ...connection,
        ...authorizedBy(session),
      });
      const locale = createLocalePreference();
      const theme = createThemePreference();
      const settings = createSettings();
      const beep = createBeep();
      const api = createApi({ session, getLocale: locale.getSnapshot });

      const scope = effectScope(true);
      const texts = scope.run(() => createTexts(usePreference(locale)));
      const themeRef = scope.run(() => usePreference(theme));
      if (!texts || !themeRef) throw new Error('the scope of the application has ended');
      app.provide(studioKey, { api, session, texts, theme: themeRef, settings, beep });

      const ends = [
        followSession(webSocket.connection, session),
        keepUserLoaded(session, api),
        ...[session, locale, theme, settings, beep].map((part) => () => part.destroy()),
        () => scope.stop(),
      ];
      app.onUnmount(() => ends.forEach((end) => end()));
      app.use(webSocket);
    },
  };
}

/** What {@link createStudio} has made. Only in `setup()`. */
export function useStudio(): Studio {
  const studio = inject(studioKey);
  if (!studio) throw new Error('app.use(createStudio(options)) has to be called before app.mount()');
  return studio;
}

/** The texts in the language of the user. Only in `setup()`. */
export function useTexts(): Texts {
  return useStudio().texts;
}
