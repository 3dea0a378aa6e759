// @ts-check
/* How many tests passed, failed and were skipped, and the line that CI systems read it from. */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {readonly { counts: Counts }[]} results
 * @returns {Counts}
 */
export function total(results) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { counts } of results) {
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
  }
  return sum;
}

/**
 * @param {Counts} counts
 * @returns {string} in the form that CI systems read
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
