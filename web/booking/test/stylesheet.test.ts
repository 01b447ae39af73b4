// @vitest-environment node
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { colourTokens, contrast, FILES } from './stylesheet.ts';

const TONES = ['info', 'success', 'warning', 'error', 'neutral'];
const STATUSES = ['available', 'almost-full', 'full', 'loading'];

/** Text, and what it stands on: 4.5 to 1 (WCAG 1.4.3). */
const TEXTS: [string, string][] = [
  ...['paper', 'surface', 'surface-sunken'].flatMap((ground): [string, string][] => [
    ['ink', ground],
    ['ink-muted', ground],
    ['danger', ground],
  ]),
  ['accent', 'paper'],
  ['accent', 'surface'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-danger', 'danger'],
  ['on-hero', 'hero'],
  ['on-hero-muted', 'hero'],
  ['paper', 'ink'],
  ...STATUSES.flatMap((status): [string, string][] => [
    ['on-status', `status-${status}`],
    [`figure-${status}`, 'surface'],
  ]),
  ...TONES.map((tone): [string, string] => [`${tone}-ink`, `${tone}-tint`]),
];

/** Edges, icons and marks that mean something, and what they stand on: 3 to 1 (WCAG 1.4.11). */
const MARKS: [string, string][] = [
  ['line-strong', 'paper'],
  ['line-strong', 'surface'],
  ['accent', 'surface-sunken'],
  ['focus', 'paper'],
  ['focus', 'surface'],
  ['focus', 'surface-sunken'],
  ...STATUSES.map((status): [string, string] => [`figure-${status}`, 'surface-sunken']),
  ...TONES.flatMap((tone): [string, string][] => [
    [`${tone}-line`, `${tone}-tint`],
    [`${tone}-line`, 'surface'],
    ['focus', `${tone}-tint`],
  ]),
];

/** Colours that only adorn. */
const ORNAMENTS = ['line'];

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const tokens = colourTokens(theme);

  function ratio([above, below]: [string, string]): number {
    const [a, b] = [tokens.get(above), tokens.get(below)];
    if (!a || !b) throw new Error(`no such colour: ${a ? below : above}`);
    return contrast(a, b);
  }

  it.each(TEXTS)('%s on %s can be read', (...pair) => {
    expect(ratio(pair)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(MARKS)('%s on %s can be seen', (...pair) => {
    expect(ratio(pair)).toBeGreaterThanOrEqual(3);
  });

  it('has no colour that is not in one of these pairs', () => {
    const used = new Set([...TEXTS, ...MARKS].flat());
    const unused = [...tokens.keys()].filter((name) => !used.has(name) && !ORNAMENTS.includes(name));
    expect(unused).toEqual([]);
  });

  it('has a background of its own for everything that the guide colours', () => {
    if (theme === 'dark') return;
    const tints = ['info', 'success', 'warning'].map((tone) => tokens.get(`${tone}-tint`));
    expect(tints).toEqual([
      [0xe3, 0xf2, 0xfd],
      [0xe8, 0xf5, 0xe8],
      [0xff, 0xf3, 0xe0],
    ]);
  });
});

describe('the stylesheet', () => {
  it('names colours in one place only', () => {
    const others = [...FILES].filter(([name]) => name !== 'tokens.css');
    expect(others.length).toBeGreaterThan(10);
    expect(others.filter(([, css]) => /#[\da-f]{3,8}\b/i.test(css)).map(([name]) => name)).toEqual([]);
  });

  it('uses no token that is not there', () => {
    const all = [...FILES.values()].join('\n');
    const defined = new Set([...all.matchAll(/(--[\w-]+):/g)].map((match) => match[1]));
    // A share that the element itself tells.
    defined.add('--value');
    const missing = [...all.matchAll(/var\((--[\w-]+)/g)]
      .map((match) => match[1])
      .filter((name) => !defined.has(name));
    expect(missing).toEqual([]);
  });

  it('imports every file', () => {
    const index = FILES.get('index.css') ?? '';
    const imported = [...index.matchAll(/@import '\.\/(.+)';/g)].map((match) => match[1]);
    const files = [...FILES.keys()].filter((name) => name !== 'index.css');
    expect([...imported].sort()).toEqual(files.sort());
  });

  it('has at most 6 KB on its way to the browser', () => {
    const small = [...FILES.values()]
      .map((css) => css.replace(/\/\*.*?\*\//gs, '').replace(/\s+/g, ' '))
      .join('');
    expect(gzipSync(small).length).toBeLessThanOrEqual(6 * 1024);
  });

  it('moves only where motion is welcome', () => {
    const still = [...FILES.values()].map((css) =>
      css.replace(/@media \(prefers-reduced-motion[^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, ''),
    );
    expect(still.join('\n')).not.toMatch(/^\s*(?:animation|transition):/m);
  });
});

describe('contrast', () => {
  it('is what WCAG says', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
    expect(contrast([255, 255, 255], [0xff, 0xa5, 0])).toBeCloseTo(1.97, 2);
    expect(contrast([255, 255, 255], [0x14, 0x6c, 0x2e])).toBeCloseTo(6.53, 2);
  });
});
