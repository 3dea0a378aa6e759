// @ts-check
/* The options of `npm test`. */
import { parseArguments } from '../base/arguments.mjs';
import { UsageProblem, messageOf } from '../base/problem.mjs';

/** In the order in which they run. */
const STAGE_NAMES = /** @type {const} */ (['types', 'lint', 'unit', 'int', 'e2e', 'web', 'long']);

/** @typedef {typeof STAGE_NAMES[number]} StageName */

/** @type {Readonly<Record<string, string>>} */
const ALIASES = { integration: 'int', 'end-to-end': 'e2e', eslint: 'lint', tsc: 'types' };

/**
 * @typedef {object} TestOptions
 * @property {boolean} help
 * @property {readonly StageName[]} stages
 * @property {string | undefined} grep
 * @property {boolean} bail
 * @property {boolean} inspect the process of the tests waits for a debugger
 * @property {readonly string[]} folders only spec files whose path starts with one of these; all when empty
 */

export const TEST_HELP = `Usage: npm test [-- OPTIONS] [PATH …]

Gets what the tests need, starts PostgreSQL, Redis and NATS for this run alone (on random ports, in a folder that is
deleted afterwards), and runs types, lint, unit, integration and end-to-end tests. On a Debian it also brings nginx and
pgbouncer, and for --long Prometheus, where they are missing: unpacked into .dev/servers, not installed.

  --only STAGE     types, lint, unit, int, e2e, web or long; several by commas or by repeating it
  --grep PATTERN   only tests whose full name matches (a regular expression); leaves types and lint out
  --long           the *.long.test.ts too, which take minutes each
  --bail           stop at the first failure
  --inspect        wait for a debugger at port 9239, for one spec file; no test has a time limit then (CONTRIBUTING.md)
  PATH …           only spec files below these paths, such as packages/relay
  --help

DATABASE_URL, REDIS_URL and NATS_URL, where set, are used instead of private servers: DATABASE_URL is an
administrator's, and the tests make and drop databases of their own there.
TEST_SERVICES=containers takes containers instead (testcontainers), those that tests freeze and kill too.
Exit code: 0 when at least one test ran and none failed.`;

/**
 * @param {string} word
 * @returns {StageName}
 */
function stageName(word) {
  const name = ALIASES[word] ?? word;
  const found = STAGE_NAMES.find((stage) => stage === name);
  if (found !== undefined) return found;
  throw new UsageProblem(`--only ${word}: no such stage.`, `The stages are ${STAGE_NAMES.join(', ')}.`);
}

/**
 * @param {readonly string[]} args
 * @returns {TestOptions}
 */
export function readTestOptions(args) {
  const { values, positionals } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true },
      grep: { type: 'string', short: 'g' },
      long: { type: 'boolean' },
      bail: { type: 'boolean', short: 'b' },
      inspect: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  }, 'npm test -- --help');
  const asked = values.only?.flatMap((word) => word.split(',')).map(stageName);
  const narrowed = values.grep !== undefined || positionals.length > 0;
  const usual = STAGE_NAMES.filter((name) => name !== 'long' && !(narrowed && (name === 'types' || name === 'lint')));
  const stages = [...(asked ?? usual), ...(values.long === true ? [('long')] : [])];
  if (values.grep !== undefined) checkPattern(values.grep);
  return {
    help: values.help === true,
    stages: STAGE_NAMES.filter((name) => stages.includes(name)),
    grep: values.grep,
    bail: values.bail === true,
    inspect: values.inspect === true,
    folders: positionals.map((path) => path.replace(/^\.\//, '')),
  };
}

/** @param {string} pattern */
function checkPattern(pattern) {
  try {
    new RegExp(pattern);
  } catch (cause) {
    const advice = 'It is a regular expression: put \\ before ( [ { + * ? . and the like.';
    throw new UsageProblem(`--grep: ${messageOf(cause)}`, advice, { cause });
  }
}
