import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  availabilityTexts,
  createTranslator,
  defineTexts,
  notificationTexts,
  sharedTexts,
  type Message,
  type Texts,
} from '../src/index.ts';

const texts = defineTexts({
  id: { hello: 'Halo, {name}', free: '{count} tempat lagi', plain: 'Polos' },
  en: {
    hello: 'Hello, {name}',
    free: { one: '{count} place left', other: '{count} places left' },
    plain: 'Plain',
  },
});

describe('createTranslator', () => {
  it('fills in what it is given', () => {
    expect(createTranslator('en', texts)('hello', { name: 'Ani' })).toBe('Hello, Ani');
    expect(createTranslator('id', texts)('hello', { name: 'Ani {name}' })).toBe('Halo, Ani {name}');
    expect(createTranslator('id', texts)('plain')).toBe('Polos');
  });

  it('chooses the plural of the language', () => {
    const [en, id] = [createTranslator('en', texts), createTranslator('id', texts)];
    expect([0, 1, 2].map((count) => en('free', { count }))).toEqual([
      '0 places left',
      '1 place left',
      '2 places left',
    ]);
    expect([1, 2].map((count) => id('free', { count }))).toEqual(['1 tempat lagi', '2 tempat lagi']);
  });

  it('writes numbers as the language does', () => {
    expect(createTranslator('en', texts)('free', { count: 1200 })).toBe('1,200 places left');
    expect(createTranslator('id', texts)('free', { count: 1200 })).toBe('1.200 tempat lagi');
  });

  it('joins catalogues; the last one counts', () => {
    const own = defineTexts({ id: { plain: 'Sendiri' }, en: { plain: 'Own' } });
    const t = createTranslator('en', sharedTexts, texts, own);
    expect(t('plain')).toBe('Own');
    expect(t('hello', { name: 'Ani' })).toBe('Hello, Ani');
    expect(t('app.name')).toBe('Studio Gema');
  });

  it('shows the key of a text that is not there', () => {
    const t = createTranslator('en', texts) as (key: string) => string;
    expect(t('not.there')).toBe('not.there');
  });

  it('knows by type which keys there are, and what has to be given', () => {
    const t = createTranslator('en', sharedTexts, texts);
    // @ts-expect-error -- there is no such key
    t('nothing');
    // @ts-expect-error -- the name is not given
    t('hello');
    // @ts-expect-error -- nor with this one
    t('hello', { title: 'Ani' });
    // @ts-expect-error -- the number is what the English text is chosen by
    t('free');
    const statuses = ['paid', 'failed'] as const;
    expect(statuses.map((status) => t(`payment.status.${status}`))).toEqual(['Paid', 'Failed']);
    expectTypeOf(t('plain')).toBeString();
  });
});

describe('defineTexts', () => {
  it('refuses by type a key that only one language has', () => {
    // @ts-expect-error -- English lacks it
    defineTexts({ id: { a: 'A', b: 'B' }, en: { a: 'A' } });
    // @ts-expect-error -- Indonesian lacks it
    defineTexts({ id: { a: 'A' }, en: { a: 'A', b: 'B' } });
    expect(Object.keys(texts.id)).toEqual(Object.keys(texts.en));
  });
});

describe.each([
  ['sharedTexts', sharedTexts],
  ['availabilityTexts', availabilityTexts],
  ['notificationTexts', notificationTexts],
])('%s', (_, catalogue: Texts) => {
  const forms = (message: Message | undefined): string[] =>
    typeof message === 'object' ? [message.one, message.other] : [message ?? ''];
  const names = (text: string): string[] =>
    [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();

  it('has all texts in both languages, none of them empty', () => {
    expect(Object.keys(catalogue.en).sort()).toEqual(Object.keys(catalogue.id).sort());
    const all = [...Object.values(catalogue.id), ...Object.values(catalogue.en)].flatMap(forms);
    expect(all.filter((text) => text.trim() === '')).toEqual([]);
  });

  it('fills the same in both languages', () => {
    for (const [key, message] of Object.entries(catalogue.id)) {
      const [indonesian = ''] = forms(message);
      for (const english of forms(catalogue.en[key]))
        expect([key, names(english)]).toEqual([key, names(indonesian)]);
    }
  });
});

describe('the English of the guide, word by word', () => {
  const t = createTranslator('en', sharedTexts, availabilityTexts, notificationTexts);

  it('S-RE-8', () => {
    expect(t('availability.title')).toBe('Real-time Session Availability');
    expect(t('connection.connected')).toBe('Status: Connected');
    expect(t('connection.disconnected')).toBe('Status: Disconnected');
    expect(t('availability.time', { start_time: '07:00', end_time: '08:00' })).toBe('Time: 07:00 - 08:00');
    expect(t('availability.capacity', { current: 4, max: 12 })).toBe('Capacity: 4/12');
    expect(t('availability.loading')).toBe('Loading availability...');
    const statuses = ['available', 'almost-full', 'full', 'loading'] as const;
    expect(statuses.map((status) => t(`availability.status.${status}`))).toEqual(
      statuses.map((status) => status.replace('-', ' ').toUpperCase()),
    );
  });

  it('S-VU-3', () => {
    expect(t('notifications.title')).toBe('Real-time Notifications');
  });

  it('S-ER-1', () => {
    expect(t('connection.error')).toBe('Connection error. Attempting to reconnect...');
    expect(t('connection.lost')).toBe('Disconnected from server');
    expect(t('connection.restored')).toBe('Reconnected to server');
  });

  it('says to assistive technology how many places a full session has left (X-48, D-1)', () => {
    expect(t('availability.spoken.almost-full', { count: 1 })).toBe('almost full, 1 place left');
  });
});
