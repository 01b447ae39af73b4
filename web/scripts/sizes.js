/**
 * Measures what browsers load, gzipped, and fails over the limits: `node scripts/sizes.js [NAME...]`, after the build.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const web = fileURLToPath(new URL('..', import.meta.url));
const KIB = 1024;
const BEST = { level: constants.Z_BEST_COMPRESSION };

/** By name: how to measure, and the limit in KiB. */
const targets = {
  client: { limit: 6, measure: () => libraryBytes('packages/client/src/index.ts') },
  react: { limit: 122, measure: () => folderBytes('dist/react') },
  notifications: { limit: 80, measure: () => folderBytes('dist/notifications') },
};

/** A library bundled and minified, its peers and the annotations for bundlers left out. */
async function libraryBytes(entry) {
  const built = await build({
    root: web,
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: true,
      lib: { entry: join(web, entry), formats: ['es'] },
      rolldownOptions: { external: ['laravel-echo', 'pusher-js'], output: { minify: true } },
    },
  });
  const code = [built].flat().flatMap(({ output }) => output.map((chunk) => chunk.code ?? ''));
  return gzipSync(code.join('').replaceAll('/* @__PURE__ */ ', ''), BEST).length;
}

/** The scripts and styles of a built application, as compress.js prepares them for browsers. */
async function folderBytes(folder) {
  const files = await readdir(join(web, folder), { recursive: true, withFileTypes: true });
  const loaded = files.filter((file) => file.isFile() && ['.js', '.css'].includes(extname(file.name)));
  if (loaded.length === 0) throw new Error('no scripts and no styles');
  const sizes = loaded.map(
    async (file) => gzipSync(await readFile(join(file.parentPath, file.name)), BEST).length,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function check(name) {
  const { limit, measure } = targets[name];
  try {
    const size = (await measure()) / KIB;
    const verdict = size > limit ? 'TOO BIG' : 'ok';
    console.log(`${name.padEnd(14)} ${size.toFixed(2).padStart(7)} KiB gzip of ${limit}: ${verdict}`);
    return size <= limit;
  } catch (error) {
    console.error(`${name}: ${error.message.replace(web, `${relative(process.cwd(), web) || '.'}/`)}`);
    return false;
  }
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in targets));
if (unknown.length > 0) throw new Error(`unknown: ${unknown}; known: ${Object.keys(targets)}`);
const results = [];
for (const name of asked.length > 0 ? asked : Object.keys(targets)) results.push(await check(name));
process.exitCode = results.every(Boolean) ? 0 : 1;
