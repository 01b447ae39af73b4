import { createApp, type App as VueApp } from 'vue';
import { createLocalePreference, createThemePreference, loadConnectionOptions } from '@gema/booking';
import '@gema/booking/styles.css';
import './styles/index.css';
import App from './App.vue';
import StartFailure from './StartFailure.vue';
import { createStudio } from './studio.ts';

let app: VueApp | undefined;

async function start(): Promise<void> {
  try {
    const connection = await loadConnectionOptions(undefined, import.meta.env);
    show(createApp(App).use(createStudio({ connection })));
  } catch (error) {
    console.error(error);
    // What the page looks like and speaks does not depend on the service.
    createThemePreference().destroy();
    const locale = createLocalePreference();
    const onRetry = (): void => {
      location.reload();
    };
    show(createApp(StartFailure, { locale: locale.getSnapshot(), onRetry }));
    locale.destroy();
  }
}

function show(next: VueApp): void {
  app = next;
  app.mount('#app');
}

void start();

if (import.meta.hot) {
  // Components are replaced by themselves and keep the connection. What is not, starts anew: the old connection goes.
  import.meta.hot.accept();
  import.meta.hot.dispose(() => app?.unmount());
}
