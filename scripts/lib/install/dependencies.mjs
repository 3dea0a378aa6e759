// @ts-check
/*
 * The dependencies, by the lockfile. A stamp of everything that decides what is installed makes the next run skip
 * pnpm altogether: it is fast then, and works offline.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines } from '../process/command.mjs';
import { withLock } from '../process/lock.mjs';
import { paths } from '../base/paths.mjs';
import { Problem } from '../base/problem.mjs';
import { fetching, registryAdvice } from './fetching.mjs';
import { PNPM } from './hashes.mjs';

const STAMP = join(paths.modules, '.inventory-stamp');

/** @returns {string[]} the files that decide, as absolute paths */
function inputs() {
  const packages = readdirSync(join(paths.root, 'packages')).sort().map((name) => `packages/${name}/package.json`);
  return ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', 'db/package.json', 'tests/package.json', 'bench/package.json', ...packages]
    .map((path) => join(paths.root, path))
    .filter((path) => existsSync(path));
}

/** @returns {string} */
function fingerprint() {
  const hash = createHash('sha256').update(`${PNPM} ${process.platform} ${process.arch}`);
  for (const path of inputs()) hash.update(path.slice(paths.root.length)).update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

/**
 * Whether node_modules is what the lockfile says. An `npm install` by hand does not count: npm resolves without it.
 * @returns {boolean}
 */
export function isInstalled() {
  const byNpm = existsSync(join(paths.modules, '.package-lock.json'));
  const byPnpm = existsSync(join(paths.modules, '.modules.yaml'));
  return byPnpm && !byNpm && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint();
}

/**
 * @param {import('./tools.mjs').Tools} tools
 * @param {import('../base/output.mjs').Output} output
 */
export async function ensureDependencies(tools, output) {
  if (isInstalled()) return;
  const waiting = () => output.say('Waiting for another command that is installing …');
  await withLock(paths.installLock, waiting, async () => {
    if (isInstalled()) return;
    await output.step('Installing the dependencies by the lockfile', (note) => install(tools, note));
  });
}

/**
 * @param {import('./tools.mjs').Tools} tools
 * @param {import('../base/output.mjs').Note} note
 */
async function install(tools, note) {
  // No question about a node_modules that npm made, because nobody may be there to answer. This pnpm is the pinned one, so
  // it need not look for itself in the registry.
  const flags = ['--config.confirmModulesPurge=false', '--config.pmOnFail=ignore', '--reporter=append-only'];
  const args = [tools.pnpm, 'install', '--frozen-lockfile', ...flags];
  if (existsSync(join(paths.modules, '.package-lock.json'))) rmSync(paths.modules, { recursive: true, force: true });
  const outcome = await fetching(tools.node, args, { cwd: paths.root, env: tools.env }, { note });
  if (outcome.code !== 0) {
    const outdated = outcome.output.includes('OUTDATED_LOCKFILE');
    throw new Problem(
      `The dependencies could not be installed:\n${lastLines(outcome.output)}`,
      outdated
        ? 'pnpm-lock.yaml does not fit package.json: run `pnpm install` and commit both.'
        : registryAdvice(outcome.stalled),
    );
  }
  writeFileSync(STAMP, fingerprint());
}
