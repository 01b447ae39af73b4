import { beforeEach, describe, expect, test, vi } from 'vitest';
import App from '../src/App.vue';
import {
  button,
  click,
  element,
  isolateTests,
  ITEMS,
  mountCentre,
  pass,
  sendAnnouncement,
  sendBooking,
  texts,
  unmount,
} from './support.ts';

isolateTests();

/** The radio button or box with this label. */
function choice(label: string): HTMLInputElement {
  const found = [...document.querySelectorAll('.settings label')].find(
    (one) => one.textContent.trim() === label,
  );
  const input = found?.querySelector('input');
  if (!input) throw new Error(`there is no choice ${label}`);
  return input;
}

async function openSettings(): Promise<void> {
  await click(button('Settings'));
}

beforeEach(() => {
  // jsdom does not scroll.
  vi.spyOn(Element.prototype, 'scrollLeft', 'set').mockReturnValue();
});

describe('settings', () => {
  test('how long toasts stay, also after a reload', async () => {
    await mountCentre({ component: App });
    await openSettings();
    await click(choice('20 seconds'));
    unmount();
    await mountCentre({ component: App });
    await sendAnnouncement(1, 'hello');
    await pass(19_999);
    expect(texts('.toast p')).toEqual(['hello']);
    await pass(1);
    expect(texts('.toast p')).toEqual([]);
  });

  test('toasts that stay until they are dismissed', async () => {
    await mountCentre({ component: App });
    await openSettings();
    await click(choice('Until I dismiss them'));
    await sendAnnouncement(1, 'hello');
    await pass(3_600_000);
    expect(texts('.toast p')).toEqual(['hello']);
  });

  test('types without toasts: the list has them all the same', async () => {
    await mountCentre({ component: App });
    await openSettings();
    await click(choice('System'));
    await sendAnnouncement(1, 'hello');
    await sendBooking(1, 1);
    expect(document.querySelectorAll('.toast')).toHaveLength(1);
    expect(document.querySelectorAll(ITEMS)).toHaveLength(2);
    expect(localStorage.getItem('notifications.toast-system')).toBe('off');
  });

  test('sound is off until it is switched on', async () => {
    const started = vi.fn();
    const node = () => ({
      connect: (next: unknown) => next,
      start: started,
      stop: vi.fn(),
      frequency: {},
      gain: {
        setValueAtTime: vi.fn(),
        linearRampToValueAtTime: vi.fn(),
        exponentialRampToValueAtTime: vi.fn(),
      },
    });
    vi.stubGlobal(
      'AudioContext',
      class {
        state = 'running';
        currentTime = 0;
        createOscillator = node;
        createGain = node;
        close = () => Promise.resolve();
      },
    );
    await mountCentre({ component: App });
    await sendAnnouncement(1, 'silent');
    expect(started).not.toHaveBeenCalled();
    await openSettings();
    await click(choice('A sound for new notifications'));
    await pass(1000);
    started.mockClear();
    await sendAnnouncement(2, 'heard');
    expect(started).toHaveBeenCalledTimes(2);
    await sendAnnouncement(3, 'at most once a second');
    expect(started).toHaveBeenCalledTimes(2);
  });

  test('the language changes everything, the document included, and is kept', async () => {
    await mountCentre({ component: App });
    await sendBooking(1, 1, { booking_code: 'BK-1' });
    await openSettings();
    await click(choice('Bahasa Indonesia'));
    expect(document.documentElement.lang).toBe('id');
    expect(texts('.centre__title')).toEqual(['Notifikasi Secara Langsung']);
    expect(texts(`${ITEMS} p`)).toEqual(['Status pemesanan BK-1 Anda berubah menjadi dikonfirmasi']);
    expect(localStorage.getItem('locale')).toBe('id');
  });

  test('the theme is set on the document, and kept', async () => {
    await mountCentre({ component: App });
    await openSettings();
    await click(choice('Dark'));
    expect(document.documentElement.dataset['theme']).toBe('dark');
    expect(localStorage.getItem('theme')).toBe('dark');
    await click(choice('Same as device'));
    expect(document.documentElement.dataset['theme']).toBeUndefined();
  });

  test('the focus goes into the panel, and back to its button', async () => {
    await mountCentre({ component: App });
    await openSettings();
    expect(document.activeElement).toBe(element('#settings-title'));
    await sendAnnouncement(1, 'hello');
    element('#settings-title').dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }),
    );
    await pass(0);
    expect(document.querySelector('#settings-title')).toBeNull();
    expect(document.activeElement).toBe(button('Settings'));
    // That Escape was for the panel.
    expect(texts('.toast p')).toEqual(['hello']);
  });
});

test('the title of the document counts what is unread', async () => {
  await mountCentre({ component: App });
  expect(document.title).toBe('Notifications · Studio Gema');
  await sendAnnouncement(1, 'hello');
  expect(document.title).toBe('(1) Notifications · Studio Gema');
  await click(button('Mark as read: hello'));
  expect(document.title).toBe('Notifications · Studio Gema');
});

test('the way back, and landmarks', async () => {
  await mountCentre({ component: App });
  expect(element('.app-nav a').getAttribute('href')).toBe('/');
  expect(element('.skip-link').getAttribute('href')).toBe('#main');
  for (const landmark of ['header', 'nav[aria-label]', 'main', 'footer']) element(landmark);
  element('.skip-link').click();
  expect(document.activeElement).toBe(element('main'));
});
