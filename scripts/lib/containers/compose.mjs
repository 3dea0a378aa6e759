// @ts-check
/* docker-compose.yml under a project name, an image and ports of its own, for compose-smoke.mjs. */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { capture, lastLines } from '../process/command.mjs';
import { duration } from '../base/output.mjs';
import { paths } from '../base/paths.mjs';
import { nextFreePort } from '../process/ports.mjs';
import { Problem, messageOf } from '../base/problem.mjs';

const MINUTE_MS = 60_000;

/**
 * @typedef {object} Project
 * @property {string} name of the project and of its image
 * @property {string} program `docker compose` or docker-compose
 * @property {(args: readonly string[], timeoutMs?: number) => Promise<string>} compose
 * @property {(...args: string[]) => Promise<string>} docker
 * @property {() => Promise<void>} build
 * @property {(service: string) => Promise<string[]>} containersOf those that run
 * @property {() => Promise<void>} down with volumes and image; fails when anything is left
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<boolean>}
 */
function works(command, args) {
  return capture(command, args, { timeoutMs: 20_000 }).then(({ code }) => code === 0, () => false);
}

/**
 * @param {number} from
 * @returns {Promise<number>} the first of two in a row
 */
async function twoFreePorts(from) {
  const first = await nextFreePort(from);
  return (await nextFreePort(first + 1)) === first + 1 ? first : twoFreePorts(first + 1);
}

/** @returns {Promise<Project>} */
export async function createProject() {
  const name = `inventory-smoke-${randomBytes(4).toString('hex')}`;
  // Below the ports that the system gives away by itself.
  const port = await twoFreePorts(20_000 + Math.floor(Math.random() * 10_000));
  const buildkit = await works('docker', ['buildx', 'version']);
  const builder = buildkit ? {} : { DOCKER_BUILDKIT: '0' };
  // docker-compose 1.29 gives an engine a minute for each container, which a busy machine may need longer for.
  const env = { ...process.env, ...builder, COMPOSE_HTTP_TIMEOUT: '300', INVENTORY_IMAGE: name, API_PORTS: `${port}-${port + 1}` };
  /**
   * @param {string} command
   * @param {readonly string[]} args
   * @param {number} timeoutMs
   */
  const run = async (command, args, timeoutMs) => {
    const outcome = await capture(command, args, { cwd: paths.root, env, timeoutMs });
    if (outcome.code !== 0) throw new Problem(`${command} ${args.join(' ')} failed:\n${lastLines(outcome.output, 30)}`);
    return outcome.stdout.trim();
  };
  /** @type {Project['docker']} */
  const docker = (...args) => run('docker', args, 2 * MINUTE_MS);
  const plugin = await works('docker', ['compose', 'version']);
  /** @type {Project['compose']} */
  const compose = (args, timeoutMs = 4 * MINUTE_MS) => {
    const words = ['-p', name, ...args];
    return plugin ? run('docker', ['compose', ...words], timeoutMs) : run('docker-compose', words, timeoutMs);
  };
  const ofProject = `label=com.docker.compose.project=${name}`;
  return {
    name,
    program: plugin ? 'docker compose' : 'docker-compose',
    compose,
    docker,
    // The host's network: the registry is reached from the build as it is from here.
    build: async () => void (await run('docker', ['build', '--network=host', '-q', '-t', name, '.'], 10 * MINUTE_MS)),
    containersOf: async (service) => {
      const labels = [`service=${service}`, 'oneoff=False'].map((label) => `label=com.docker.compose.${label}`);
      const ids = await docker('ps', '-q', ...[ofProject, ...labels].flatMap((label) => ['--filter', label]));
      return ids.split('\n').filter((id) => id !== '');
    },
    down: async () => {
      await compose(['down', '-v', '--timeout', '5', '--remove-orphans']);
      await docker('image', 'rm', '-f', name);
      for (const list of [['ps', '-a'], ['volume', 'ls'], ['network', 'ls']]) {
        const left = await docker(...list, '-q', '--filter', ofProject);
        if (left !== '') throw new Problem(`docker ${list.join(' ')} shows what was left behind: ${left}`);
      }
    },
  };
}

/**
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} attempt
 * @param {number} [timeoutMs]
 * @returns {Promise<T>}
 */
export async function eventually(what, attempt, timeoutMs = 2 * MINUTE_MS) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw new Problem(`not within ${duration(timeoutMs)}: ${what}\n${messageOf(error)}`);
      await wait(500);
    }
  }
}
