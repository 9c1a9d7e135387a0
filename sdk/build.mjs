// Builds what Watchword serves (src/watchword/web/static) and what applications import (sdk/dist). `--sizes` prints sizes.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import esbuild from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
const SERVED = join(HERE, '../src/watchword/web/static');
const TARGET = ['chrome100', 'firefox100', 'safari15.4'];
const LICENCES =
  '/*! Watchword, Apache-2.0. Holds FingerprintJS and BotD, (c) FingerprintJS, Inc, MIT: the notices are in sdk/NOTICE. */';

/** Calls home, and the list of what ad blockers hide: neither belongs into a collector that asks for consent. */
const LEFT_OUT = {
  'fp.esm.js': [
    ['    domBlockers: getDomBlockers,\n', ''],
    ['    if (monitoring) {\n        monitor();\n    }\n', ''],
    ['https://fingerprint.com/github/?utm_source=oss&utm_medium=referral&utm_campaign=confidence_score', ''],
  ],
};

const leaveOut = {
  name: 'leave-out',
  setup(build) {
    build.onLoad({ filter: /[/\\]fp\.esm\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const [what, instead] of LEFT_OUT['fp.esm.js']) {
        if (!contents.includes(what)) throw new Error(`${path} has changed: "${what.trim()}" is not in it`);
        contents = contents.replace(what, instead);
      }
      return { contents };
    });
  },
};

/** The capture and the stream without the two screens, to know what they weigh. */
const withoutScreens = {
  name: 'without-screens',
  setup(build) {
    build.onLoad({ filter: /[/\\]screens\.ts$/ }, () => ({
      contents: 'export class Screens { ask() {} answer() {} retry() {} block() {} close() {} }',
    }));
  },
};

function bundle(entry, options = {}) {
  return esbuild.build({
    entryPoints: [join(HERE, 'src', entry)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: TARGET,
    legalComments: 'none',
    charset: 'utf8',
    plugins: [leaveOut],
    tsconfig: join(HERE, 'tsconfig.json'),
    ...options,
  });
}

async function build() {
  await rm(join(HERE, 'dist'), { recursive: true, force: true });
  await mkdir(SERVED, { recursive: true });
  const to = (folder, file) => ({ outfile: join(folder, file) });
  const esm = { format: 'esm', minify: false };
  await Promise.all([
    bundle('global.ts', to(SERVED, 'watchword.js')),
    bundle('device/global.ts', { ...to(SERVED, 'device-fingerprint.js'), banner: { js: LICENCES } }),
    bundle('watchword.ts', { ...esm, ...to(join(HERE, 'dist'), 'watchword.js') }),
    bundle('device/device.ts', { ...esm, ...to(join(HERE, 'dist'), 'device/device.js'), banner: { js: LICENCES } }),
    bundle('node.ts', { ...esm, platform: 'node', target: 'node18', ...to(join(HERE, 'dist'), 'node.js') }),
  ]);
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', HERE, '--outDir', join(HERE, 'dist')], { stdio: 'inherit' });
}

async function sizes() {
  const weigh = (bytes) => gzipSync(bytes, { level: 9 }).length;
  const served = async (name) => weigh(await readFile(join(SERVED, name)));
  const alone = await bundle('global.ts', { write: false, plugins: [withoutScreens] });
  const found = {
    watchword: await served('watchword.js'),
    deviceFingerprint: await served('device-fingerprint.js'),
    behaviourAlone: weigh(alone.outputFiles[0].contents),
  };
  console.log(JSON.stringify({ ...found, together: found.watchword + found.deviceFingerprint }));
}

await (process.argv.includes('--sizes') ? sizes() : build());
