// @ts-check
/*
 * `node scripts/compose-smoke.mjs`: docker-compose.yml for real. Up, the three curl lines of the README, a replay, the
 * loss of one container of each process, and down, which leaves nothing. Works with `docker compose` and with
 * docker-compose 1.29. Ends with N passed, N failed, N skipped.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from './lib/base/arguments.mjs';
import { capture } from './lib/process/command.mjs';
import { createProject, eventually } from './lib/containers/compose.mjs';
import { parseEnv } from './lib/base/env-file.mjs';
import { closingLine } from './lib/test/counts.mjs';
import { createOutput, duration } from './lib/base/output.mjs';
import { paths } from './lib/base/paths.mjs';
import { Problem, messageOf, runMain } from './lib/base/problem.mjs';

const PROCESSES = ['api', 'relay', 'projector'];
/** Several times what it takes on two idle cores. */
const UP_MS = 6 * 60_000;

/** @param {boolean} condition @param {() => string} words */
function insist(condition, words) {
  if (!condition) throw new Problem(words());
}

/** The lines of README.md that start with curl, as a shell would read them. */
function readmeLines() {
  const text = readFileSync(join(paths.root, 'README.md'), 'utf8').replaceAll('\\\n', ' ');
  return text.split('\n').filter((line) => line.startsWith('$ curl')).map((line) => line.slice(2));
}

/**
 * @param {import('./lib/containers/compose.mjs').Project} project
 * @returns {readonly [string, () => Promise<string | void>][]} what is shown, in this order
 */
function createSteps({ compose, docker, build, containersOf, name }) {
  /** @type {Record<string, string | undefined>} */
  let shell = { PATH: process.env['PATH'] };

  const findApis = async () => {
    const ids = await containersOf('api');
    const [address] = await Promise.all(ids.map((id) => docker('port', id, '3000')));
    insist(address !== undefined, () => 'no api is left');
    shell = { ...shell, API_URL: `http://127.0.0.1:${address?.split('\n')[0]?.split(':').pop()}` };
  };

  /** @param {string} line @returns {Promise<any>} what the api answered */
  const paste = async (line) => {
    const { stdout, output } = await capture('/bin/sh', ['-c', line], { env: shell, timeoutMs: 60_000 });
    try {
      return JSON.parse(stdout);
    } catch {
      throw new Problem(`${line}\nanswered: ${output}`);
    }
  };

  /** A receipt of goods, published by a relay and shown by a projector. */
  const travels = async () => {
    const [receive = '', , look = ''] = readmeLines();
    const { quantity } = await eventually('a receipt', async () => {
      const answer = await paste(receive);
      insist(Number.isInteger(answer.quantity), () => JSON.stringify(answer));
      return answer;
    });
    await eventually('the receipt in the view', async () => {
      const { source, stores = [] } = await paste(look);
      const madrid = stores.find((/** @type {{ store_id: string }} */ store) => store.store_id === 'MAD-001');
      insist(source === 'cache' && madrid?.available + madrid?.reserved >= quantity, () => JSON.stringify({ source, madrid, quantity }));
    });
    await eventually('everything published', async () => {
      const sql = 'SELECT count(*) FROM events_unpublished';
      const psql = `PGPASSWORD=$(cat /credentials/password) psql -h 127.0.0.1 -U inventory -d inventory -Atc "${sql}"`;
      const left = await compose(['exec', '-T', 'postgres', '/bin/sh', '-c', psql]);
      insist(left === '0', () => `${left} events wait`);
    });
  };

  return [
    ['the image is built', async () => {
      await build();
      return `${Math.round(Number(await docker('image', 'inspect', '-f', '{{.Size}}', name)) / 1e6)} MB`;
    }],
    ['up: two of each process, all healthy', async () => {
      const begun = Date.now();
      await compose(['up', '-d', '--no-build'], UP_MS);
      const created = Date.now();
      for (const service of PROCESSES) {
        await eventually(`two healthy ${service}`, async () => {
          const states = await docker('inspect', '-f', '{{.State.Health.Status}}', ...(await containersOf(service)));
          insist(states.split('\n').filter((word) => word === 'healthy').length === 2, () => states);
        });
      }
      return `up took ${duration(created - begun)}, healthy ${duration(Date.now() - created)} later`;
    }],
    ['the three curl lines of the README are answered', async () => {
      shell = { ...shell, ...parseEnv(await compose(['run', '--rm', '-T', 'tokens'])) };
      await findApis();
      const list = 'curl -s "$API_URL/api/v1/products?limit=1" -H "Authorization: Bearer $TOKEN_CUSTOMER"';
      shell = { ...shell, PRODUCT_ID: (await paste(list)).items?.[0]?.product_id };
      const lines = readmeLines();
      insist(lines.length === 3, () => `${lines.length} curl lines in README.md`);
      /** @type {any[]} */
      const answers = [];
      for (const line of lines) answers.push(await paste(line));
      const [receipt, hold, view] = answers;
      insist(receipt.store_id === 'MAD-001' && hold.status === 'PENDING' && view.stores?.length >= 2,
        () => JSON.stringify(answers));
    }],
    ['a receipt travels to the stream and to the view', travels],
    ['`run --rm relay replay --from 2h` publishes the log again', async () => {
      const said = await compose(['run', '--rm', '-T', 'relay', 'replay', '--from', '2h', '--json']);
      const last = JSON.parse(said.split('\n').filter((line) => line.startsWith('{')).pop() ?? '{}');
      insist(last.state === 'done' && typeof last.digest === 'string', () => said);
      return `${last.published} events`;
    }],
    ['without one api, one relay and one projector everything goes on', async () => {
      const victims = await Promise.all(PROCESSES.map(async (service) => (await containersOf(service))[0] ?? ''));
      await docker('kill', ...victims);
      await findApis();
      await travels();
    }],
  ];
}

const HELP = `Usage: node scripts/compose-smoke.mjs

Tries docker-compose.yml for real, under a project name of its own, and removes what it has made.`;

await runMain(async () => {
  const { values } = parseArguments({
    args: process.argv.slice(2), options: { help: { type: 'boolean', short: 'h' } },
  }, 'node scripts/compose-smoke.mjs --help');
  const output = createOutput();
  if (values.help === true) {
    output.say(HELP);
    return 0;
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const project = await createProject();
  output.say(`${project.program}, project ${project.name}`);
  /** @param {string} name @param {() => Promise<string | void>} step */
  const attempt = async (name, step) => {
    const begun = Date.now();
    try {
      const detail = await step();
      const took = duration(Date.now() - begun);
      output.say(`  ${output.green('✓')} ${name} (${detail === undefined ? '' : `${detail}, `}${took})`);
      counts.passed += 1;
    } catch (error) {
      output.say(`  ${output.red('✗')} ${name}\n${messageOf(error)}`);
      counts.failed += 1;
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void project.down().catch(() => undefined).finally(() => process.exit(130)));
  }
  for (const [name, step] of createSteps(project)) {
    if (counts.failed === 0) await attempt(name, step);
  }
  if (counts.failed > 0) output.say(await project.compose(['logs', '--tail', '25', '--no-color']).catch(messageOf));
  await attempt('down -v leaves no container, volume or network', project.down);
  output.say(closingLine(counts));
  return counts.failed === 0 ? 0 : 1;
});
