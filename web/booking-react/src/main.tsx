import '@gema/booking/styles.css';
import './styles/app.css';
import type { Connection } from '@gema/client';
import { WebSocketProvider } from '@gema/react';
import { StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { App } from './App.tsx';
import { StartFailure } from './components/StartFailure.tsx';
import { StudioContext, type Studio } from './context/StudioContext.ts';
import { connectStudio, openStudio } from './studio.ts';

/** What outlives a module that is replaced while one develops: one page has one connection. */
interface Kept {
  readonly root: Root;
  readonly studio: Studio;
  connection: Connection | null;
}

function open(): Kept {
  const container = document.getElementById('root');
  if (container === null) throw new Error('the page has no #root');
  return { root: createRoot(container), studio: openStudio(), connection: null };
}

async function start(kept: Kept): Promise<void> {
  const { root, studio } = kept;
  try {
    kept.connection ??= await connectStudio(studio);
  } catch (error) {
    const locale = studio.locale.getSnapshot();
    console.error(error);
    root.render(<StartFailure locale={locale} onRetry={() => void start(kept)} />);
    return;
  }
  root.render(
    <StrictMode>
      <StudioContext value={studio}>
        <WebSocketProvider connection={kept.connection}>
          <App />
        </WebSocketProvider>
      </StudioContext>
    </StrictMode>,
  );
}

// Vite finds these by their spelling: no shorter name for `import.meta.hot`.
const kept = (import.meta.hot?.data as { kept?: Kept } | undefined)?.kept ?? open();
if (import.meta.hot) {
  import.meta.hot.dispose((data: { kept?: Kept }) => {
    data.kept = kept;
  });
  import.meta.hot.accept();
}
void start(kept);
