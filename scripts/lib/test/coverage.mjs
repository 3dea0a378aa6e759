// @ts-check
/*
 * How much of the program the tests run: V8 counts in every process that they start, a process writes its counts when it
 * ends, and c8 adds them up. A process that is killed takes its counts with it, so the figure is a lower bound.
 */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { capture, lastLines } from '../process/command.mjs';
import { paths } from '../base/paths.mjs';
import { Problem } from '../base/problem.mjs';

/** Of the lines, in percent. */
export const LEAST_COVERAGE = 90;

/** Ours, without what only tests use, what a browser runs, and what is generated: types, of which nothing runs. */
const FILES = ['--include=packages/**/*.ts', '--include=db/**/*.ts', '--exclude=packages/testkit/**', '--exclude=packages/board/app/**',
  '--exclude=**/*.test.ts', '--exclude=**/testing/**', '--exclude=**/generated/**', '--exclude=**/node_modules/**'];

/**
 * Adds up what processes with NODE_V8_COVERAGE=`folder` have left there.
 * @param {import('../install/tools.mjs').Tools} tools
 * @param {string} folder
 * @returns {Promise<number>} the share of lines that ran, in percent
 */
export async function lineCoverage(tools, folder) {
  await keepOurs(folder);
  const reports = join(folder, 'report');
  const c8 = join(paths.modules, 'c8', 'bin', 'c8.js');
  const args = [c8, 'report', `--temp-directory=${folder}`, `--reports-dir=${reports}`, '--reporter=json-summary',
    '--all', '--src=packages', '--src=db', '--extension=.ts', '--merge-async', ...FILES];
  const { code, output } = await capture(tools.node, args, { cwd: paths.root, env: tools.env });
  if (code !== 0) throw new Problem(`The coverage could not be added up:\n${lastLines(output)}`, 'Is node_modules whole? Delete it, and run npm test again.');
  return JSON.parse(readFileSync(join(reports, 'coverage-summary.json'), 'utf8')).total.lines.pct;
}

/** Nine tenths of what a process writes is of packages that are not ours; c8 would read it all at once. */
async function keepOurs(/** @type {string} */ folder) {
  const ours = [join(paths.root, 'packages'), join(paths.root, 'db')].map((path) => `${pathToFileURL(path)}/`);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    /** @type {{ result: { url: string }[] }} */
    let counts;
    try {
      counts = JSON.parse(await readFile(path, 'utf8'));
    } catch {
      await writeFile(path, '{"result":[]}'); // of a process that was killed while it wrote
      continue;
    }
    const result = counts.result.filter(({ url }) => ours.some((start) => url.startsWith(start)) && !url.includes('/node_modules/'));
    await writeFile(path, JSON.stringify({ result }));
  }
}
