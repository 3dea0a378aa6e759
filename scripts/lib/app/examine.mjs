// @ts-check
/* `npm run doctor`: says what `npm start` would use here, and changes nothing. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gatherFacts } from '../servers/facts.mjs';
import { isInstalled } from '../install/dependencies.mjs';
import { RUNG_NAMES, advice, decide } from '../servers/ladder.mjs';
import { liveHolder } from '../process/lock.mjs';
import { paths, whyNotFolder } from '../base/paths.mjs';
import { placeFor, serverUser } from '../servers/postgres.mjs';
import { messageOf } from '../base/problem.mjs';
import { insistReachable } from '../servers/reach.mjs';
import { SERVER_NAMES, TITLES } from '../base/three-servers.mjs';
import { inspectTools } from '../install/tools.mjs';
import { examinePorts, row } from './examine-ports.mjs';

/** @typedef {import('../base/output.mjs').Output} Output */

export const DOCTOR_HELP = `Usage: npm run doctor

Says where each tool and server comes from on this machine, and changes nothing.
Exit code 0 when \`npm start\` would work.

Each server comes from the first of these that fits:
  url       DATABASE_URL, REDIS_URL, NATS_URL in the environment; one that does not answer is an error
  machine   a private instance of a program on this machine
  unpacked  the same, of one that an earlier run has fetched into .dev/servers
  apt       Debian's packages: installed when you are root, else unpacked into .dev/servers
  npm       PostgreSQL only
  docker    a container

INVENTORY_LADDER_SKIP=machine,apt passes rungs over, for npm start and npm test too: to try the ones below.`;

/**
 * @param {Output} output
 * @returns {Promise<number>} the exit code
 */
export async function examine(output) {
  const problems = [...examineTools(output), ...(await examineServers(output)), ...examinePlace(output)];
  const holder = liveHolder(paths.startLock);
  if (holder === undefined) await examinePorts(output);
  output.say();
  for (const problem of problems) output.say(`${output.red('✗')} ${problem}`);
  if (holder !== undefined) {
    output.say(`\`npm start\` runs here, as process ${holder.owner.pid}.`);
    return 0;
  }
  output.say(problems.length === 0 ? output.green('`npm start` would work.') : 'As it is, `npm start` would fail.');
  return problems.length === 0 ? 0 : 1;
}

/**
 * @param {Output} output
 * @returns {string[]} what would make `npm start` fail
 */
function examineTools(output) {
  output.say(output.bold('Tools'));
  row(output, true, 'node', `${process.versions.node} (${process.execPath}) runs these commands`);
  row(output, true, 'npm', npmVersion() ?? 'not found');
  try {
    const { node, nodeVersion, missing } = inspectTools();
    const fetch = missing.length === 0 ? '' : `; would fetch ${missing.join(' and ')} from npm`;
    row(output, true, 'node 24', `${nodeVersion} (${node}) runs everything else${fetch}`);
    row(output, true, 'packages', isInstalled() ? 'installed by the lockfile' : 'would be installed by the lockfile');
    const stuck = missing.length > 0 && npmVersion() === undefined;
    return stuck ? ['npm is needed to fetch tools, and is not on the PATH.'] : [];
  } catch (error) {
    return [messageOf(error)];
  }
}

/** @returns {string | undefined} */
function npmVersion() {
  try {
    const shell = process.platform === 'win32';
    return execFileSync('npm', ['--version'], { encoding: 'utf8', stdio: 'pipe', shell }).trim();
  } catch {
    return undefined;
  }
}

/**
 * @param {Output} output
 * @returns {Promise<string[]>}
 */
async function examineServers(output) {
  const facts = await gatherFacts();
  const problems = SERVER_NAMES.flatMap((server) => {
    const { rung, verdicts } = decide(server, facts);
    output.say(`\n${output.bold(TITLES[server])}`);
    for (const { rung: name, fits, why } of verdicts) row(output, fits, name, why);
    for (const name of RUNG_NAMES.slice(verdicts.length)) row(output, false, name, 'not needed');
    if (rung !== undefined) return [];
    const sentence = `No way to get ${TITLES[server]}. ${advice(server, process.platform)}`;
    if (server === 'postgres') return [sentence];
    output.say(`  ${output.yellow('!')} ${sentence} \`npm start\` would go on without it.`);
    return [];
  });
  for (const server of SERVER_NAMES) {
    const url = facts.skip.has('url') ? undefined : facts.urls[server];
    if (url !== undefined) await insistReachable(server, url).catch((error) => problems.push(messageOf(error)));
  }
  return problems;
}

/**
 * @param {Output} output
 * @returns {string[]}
 */
function examinePlace(output) {
  output.say(`\n${output.bold('This clone')}`);
  const why = whyNotFolder(paths.data);
  if (why !== undefined) return [`There is no place for the data: ${why}.`];
  try {
    const user = serverUser();
    const data = placeFor(join(paths.data, 'postgres'), user);
    row(output, true, 'data', `${paths.data}${data.startsWith(paths.data) ? '' : `, PostgreSQL's in ${data}`}`);
    if (user !== undefined) row(output, true, 'user', `PostgreSQL runs as ${user.name}: it refuses to run as root`);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}
