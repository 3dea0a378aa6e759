/**
 * `npm run demo`: a day in a chain of thirty stores, played to the system that `npm start` runs: deliveries, carts, holds that
 * lapse, sales, counts, and one product that runs out at noon. The same seed plays the same day.
 */
import { createClient } from '@inventory/client/client.ts';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_KEY } from '../../scripts/lib/app/keys.mjs';
import { parseArguments } from '../../scripts/lib/base/arguments.mjs';
import { Problem, UsageProblem, runMain } from '../../scripts/lib/base/problem.mjs';
import { STORES } from './chain.ts';
import { planDay } from './day.ts';
import { openShops, playDay } from './play.ts';
import type { Tally } from './play.ts';

/** The staff has a user of its own: who looks at the board must not share its rate limit. */
const TOKEN_PROGRAM = join(import.meta.dirname, '..', '..', 'packages', 'api', 'cli', 'token.ts');

const HELP = `Usage: npm run demo [-- OPTIONS]

Plays a day in a chain of 30 stores to the API of API_URL (that of npm start, by .dev/env). Watch it on the board. Ctrl-C ends it.

  --speed N     how many times as fast as a real day; default 120: from 8 to 21 in six minutes and a half
  --actions N   sales, carts, returns and counts of the day; default 2500
  --seed N      which day; default 1
  --stores N    how many of the stores, the busiest first; default 30
  --help
`;

const told = (tally: Tally): string => Object.entries(tally)
  .map(([what, { done, refused }]) => `${what} ${done}${refused === 0 ? '' : ` (${refused} refused)`}`).join(' · ');

/** @throws {UsageProblem} where the text is no number above 0 */
function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageProblem(`--${name} must be a number above 0.`);
}

await runMain(async () => {
  const { values } = parseArguments({
    args: process.argv.slice(2),
    options: {
      speed: { type: 'string', default: '120' }, actions: { type: 'string', default: '2500' }, seed: { type: 'string', default: '1' },
      stores: { type: 'string', default: '30' }, help: { type: 'boolean', default: false },
    },
  }, 'npm run demo -- --help');
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [speed, actions, seed] = [numberOf('speed', values.speed), numberOf('actions', values.actions), numberOf('seed', values.seed)];
  const stores = STORES.slice(0, numberOf('stores', values.stores));
  const { API_URL = '', TOKEN_SERVICE = '' } = process.env;
  if (API_URL === '' || TOKEN_SERVICE === '' || !existsSync(PRIVATE_KEY)) {
    throw new Problem('API_URL and TOKEN_SERVICE are not set, or there is no key for tokens.', 'Start the system with npm start, which writes them to .dev/env.');
  }
  // A refusal by the rate limit says how long to wait, and the client waits.
  const patient = { baseUrl: API_URL, deadlineMs: 90_000, retries: 10, retryBudget: 10 };
  const staffToken = execFileSync(process.execPath, [TOKEN_PROGRAM, '--key', PRIVATE_KEY, '--role', 'admin', '--user', 'demo-staff'], { encoding: 'utf8' }).trim();
  const parts = {
    staff: createClient({ ...patient, token: () => staffToken }), shop: createClient({ ...patient, token: () => TOKEN_SERVICE }),
  };
  process.stdout.write(`Opening ${stores.length} stores …\n`);
  const products = await openShops(parts, stores);
  const plan = planDay({ stores, products }, { seed, actions });
  process.stdout.write(`Playing ${plan.length} things that happen. The board: ${API_URL}/api/v1/board\n`);
  const over = new AbortController();
  process.once('SIGINT', () => { over.abort(); });
  const tally = await playDay(parts, plan, {
    speed, signal: over.signal,
    onMinute: (minute, sums) => {
      if (minute % 30 === 0) process.stdout.write(`${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}  ${told(sums)}\n`);
    },
  });
  process.stdout.write(`The day is over.  ${told(tally)}\n`);
  return 0;
});
