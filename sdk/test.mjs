// Runs the tests beside the sources with Node's own runner: `node sdk/test.mjs`.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), 'src');
const found = (await readdir(SOURCES, { recursive: true })).filter((name) => name.endsWith('.test.ts'));
const out = await mkdtemp(join(tmpdir(), 'watchword-sdk-'));
await esbuild.build({
  entryPoints: found.map((name) => join(SOURCES, name)),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node18',
  outdir: out,
  outExtension: { '.js': '.mjs' },
});
const files = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.mjs')).map((name) => join(out, name));
const ran = spawnSync(process.execPath, ['--test', '--test-reporter=spec', ...files], { stdio: 'inherit' });
await rm(out, { recursive: true });
process.exit(ran.status ?? 1);
