// @ts-check
/* How mocha tells what it does: a line for each test, failures in full at the end, no skip without a reason. */
import Mocha from 'mocha';

const { Base } = Mocha.reporters;
const { constants } = Mocha.Runner;

/** @typedef {import('./counts.mjs').Counts} Counts */

/**
 * The reason why a test was skipped is in its title, or in that of a suite around it: `… (skipped: reason)`.
 * @param {string} fullTitle
 * @returns {string | undefined}
 */
export function skipReason(fullTitle) {
  return /\(skipped: (.+?)\)(?: |$)/.exec(fullTitle)?.[1];
}

/**
 * One line a test, as it happens, and the failures in full at the end. A skip without a reason counts as a failure,
 * because a test that quietly stops running goes unnoticed.
 */
export class Reporter extends Base {
  /** @type {Counts} */
  counts = { passed: 0, failed: 0, skipped: 0 };
  #depth = 0;

  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    runner.on(constants.EVENT_SUITE_BEGIN, (suite) => {
      this.#depth += 1;
      if (!suite.root) this.#line(suite.title);
    });
    runner.on(constants.EVENT_SUITE_END, () => (this.#depth -= 1));
    runner.on(constants.EVENT_TEST_PASS, (test) => {
      this.counts.passed += 1;
      const slow = test.speed === 'fast' ? '' : Base.color('medium', ` (${test.duration} ms)`);
      this.#line(`${Base.color('checkmark', '✓')} ${test.title}${slow}`, 1);
    });
    runner.on(constants.EVENT_TEST_PENDING, (test) => this.#pending(test));
    runner.on(constants.EVENT_TEST_FAIL, (test) => {
      this.counts.failed += 1;
      this.#line(Base.color('fail', `✗ ${test.title}`), 1);
    });
    runner.once(constants.EVENT_RUN_END, () => {
      if (this.failures.length > 0) Base.list(this.failures);
    });
  }

  /** @param {Mocha.Test} test */
  #pending(test) {
    const reason = skipReason(test.fullTitle());
    if (reason === undefined) {
      this.counts.failed += 1;
      const rule = `skipped without a reason: put "(skipped: why)" into its title or its suite's`;
      this.#line(Base.color('fail', `✗ ${test.title}: ${rule}`), 1);
      return;
    }
    this.counts.skipped += 1;
    const shown = skipReason(test.title) === undefined ? `${test.title} (skipped: ${reason})` : test.title;
    this.#line(Base.color('pending', `- ${shown}`), 1);
  }

  /**
   * @param {string} text
   * @param {number} [deeper]
   */
  #line(text, deeper = 0) {
    Base.consoleLog('  '.repeat(Math.max(0, this.#depth - 1 + deeper)) + text);
  }
}
