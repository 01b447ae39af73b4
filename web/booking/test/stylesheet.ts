/// <reference types="node" />

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(import.meta.resolve('../src/styles/'));

/** The stylesheet, file by file. */
export const FILES = new Map(
  readdirSync(FOLDER).map((name) => [name, readFileSync(`${FOLDER}/${name}`, 'utf8')] as const),
);

/** A colour as red, green and blue, from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The colours of `tokens.css` in one theme, by name without the dashes. */
export function colourTokens(theme: 'light' | 'dark'): Map<string, Rgb> {
  const tokens = FILES.get('tokens.css') ?? '';
  const pattern = /--([\w-]+): (?:light-dark\((#[\da-f]{6}), (#[\da-f]{6})\)|(#[\da-f]{6}));/g;
  const found = [...tokens.matchAll(pattern)].map(([, name = '', light, dark, both]) => {
    return [name, parseHex(both ?? (theme === 'light' ? light : dark) ?? '')] as const;
  });
  return new Map(found);
}

function parseHex(hex: string): Rgb {
  const part = (start: number): number => Number.parseInt(hex.slice(start, start + 2), 16);
  return [part(1), part(3), part(5)];
}

/** The contrast ratio of two colours, as WCAG 2.2 defines it: from 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
