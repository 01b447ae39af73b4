// Prints how large the builds are: what a browser has to load of an application, and what a package ships as code.

import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { filesBelow } from './files.js';

const BUILDS = {
  'booking-react': 'dist/react/',
  'booking-vue': 'dist/notifications/',
  '@gema/client': 'packages/client/dist/',
  '@gema/react': 'packages/react/dist/',
  '@gema/vue': 'packages/vue/dist/',
};

for (const [name, folder] of Object.entries(BUILDS)) {
  const files = filesBelow(new URL(`../${folder}`, import.meta.url));
  for (const kind of ['js', 'css']) {
    const contents = files.filter((file) => file.endsWith(`.${kind}`)).map((file) => readFileSync(file));
    if (contents.length > 0) console.log(line(`${name} ${kind}`, contents));
  }
}

/** Each file is compressed by itself, as it is sent. */
function line(label, contents) {
  const total = (compress) => contents.reduce((sum, content) => sum + compress(content).length, 0);
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
  const sizes = [total((content) => content), total(gzipSync), total(brotliCompressSync)].map(kilobytes);
  return `size: ${label.padEnd(18)}${sizes[0]}${sizes[1]} gzip${sizes[2]} brotli`;
}
