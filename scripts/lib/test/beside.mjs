// @ts-check
/* Which programs beside the three servers a spec file needs: a stage that runs it brings them. */

/** @type {Readonly<Record<string, readonly string[]>>} */
export const PROGRAMS_OF_SPECS = {
  'db/session/pooler.int.test.ts': ['pgbouncer'],
  'tests/e2e/edge.e2e.test.ts': ['nginx', 'openssl'],
  'tests/e2e/rolling.long.test.ts': ['nginx', 'openssl'],
  'tests/e2e/stream.e2e.test.ts': ['nginx', 'openssl'],
  'tests/e2e/watch.long.test.ts': ['prometheus'],
  'tests/web/board.web.test.ts': ['chromium'],
  'tests/web/console.web.test.ts': ['chromium'],
  'tests/web/example.web.test.ts': ['chromium'],
  'tests/web/faults.long.test.ts': ['chromium'],
  'tests/web/pixel.long.test.ts': ['chromium'],
  'tests/web/sign-in.web.test.ts': ['chromium'],
};

/**
 * @param {readonly string[]} specs
 * @returns {string[]} each once
 */
export function programsOf(specs) {
  return [...new Set(specs.flatMap((path) => PROGRAMS_OF_SPECS[path] ?? []))];
}
