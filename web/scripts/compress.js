// Puts a compressed copy beside each text file of the applications, which the booking service sends to browsers that
// can read it: NAME.br and NAME.gz.

import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { filesBelow } from './files.js';

const DIST = new URL('../dist/', import.meta.url);
const TEXT = /\.(css|html|js|json|svg|txt|webmanifest)$/;
/** Below this many bytes a copy saves nothing that a packet would notice. */
const SMALL = 1024;

for (const file of filesBelow(DIST).filter((name) => TEXT.test(name))) {
  const content = readFileSync(file);
  if (content.length < SMALL) continue;
  writeFileSync(`${file}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
  const parameters = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params: parameters }));
}
