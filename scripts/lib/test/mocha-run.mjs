// @ts-check
/*
 * Runs spec files with mocha and writes the counts where INVENTORY_TEST_RUN says; started by stages.mjs under Node 24.
 * The process must end by itself: one that does not has leaked something, and the stage says so.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Mocha from 'mocha';
import { Reporter } from './reporter.mjs';

/**
 * @typedef {object} MochaRun
 * @property {readonly string[]} files relative to the working folder
 * @property {number} timeoutMs of one test
 * @property {string} summary the file that receives the counts at the end, and with .partial after every test
 * @property {string | undefined} grep
 * @property {boolean} bail
 * @property {boolean} colour
 */

/** A process that is still there so long after its last test is asked why. */
const LINGER_MS = 5000;

/** @type {MochaRun} */
const run = JSON.parse(process.env['INVENTORY_TEST_RUN'] ?? '');
delete process.env['INVENTORY_TEST_RUN'];
Mocha.reporters.Base.useColors = run.colour;

/** @type {Reporter | undefined} */
let reporter;
class Remembered extends Reporter {
  /** @param {ConstructorParameters<typeof Reporter>} args */
  constructor(...args) {
    super(...args);
    reporter = this;
    // A stage that is killed has passed what it has passed.
    const [runner] = args;
    const save = () => writeFileSync(`${run.summary}.partial`, JSON.stringify(this.counts));
    runner.on(Mocha.Runner.constants.EVENT_TEST_END, save);
  }
}

const mocha = new Mocha({
  reporter: Remembered,
  timeout: run.timeoutMs,
  slow: 2000,
  bail: run.bail,
  forbidOnly: process.env['CI'] !== undefined,
  ...(run.grep === undefined ? {} : { grep: new RegExp(run.grep) }),
});
for (const file of run.files) mocha.addFile(resolve(file));
await mocha.loadFilesAsync();
mocha.run((failures) => {
  process.exitCode = failures === 0 ? 0 : 1;
  writeFileSync(run.summary, JSON.stringify(reporter?.counts));
  const open = () => console.error(`still open: ${process.getActiveResourcesInfo().join(', ')}`);
  setTimeout(open, LINGER_MS).unref();
});
