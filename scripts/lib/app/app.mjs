// @ts-check
/* What is started on top of the servers: one-shot programs first, then api, relay and projector. */
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { capture, lastLines } from '../process/command.mjs';
import { spawnGuarded } from '../process/guard.mjs';
import { PRIVATE_KEY } from './keys.mjs';
import { createLogSink } from './log-lines.mjs';
import { paths } from '../base/paths.mjs';
import { Problem } from '../base/problem.mjs';

/** @typedef {import('../install/tools.mjs').Tools} Tools */
/** @typedef {import('../base/output.mjs').Output} Output */

const READY_MS = 45_000;

/**
 * Runs a program of the repository to its end.
 * @param {Tools} tools
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} env
 * @param {string} what for the message when it fails
 * @returns {Promise<string>} what it wrote to stdout
 */
export async function runOnce(tools, args, env, what) {
  const options = { cwd: paths.root, env: { ...tools.env, ...env }, timeoutMs: 120_000 };
  const outcome = await capture(tools.node, args, options);
  if (outcome.code !== 0) throw new Problem(`${what} failed:\n${lastLines(outcome.output)}`);
  return outcome.stdout.trim();
}

/**
 * @param {Tools} tools
 * @returns {Promise<{ TOKEN_ADMIN: string, TOKEN_VENDOR: string, TOKEN_CUSTOMER: string, TOKEN_SERVICE: string }>}
 */
export async function makeTokens(tools) {
  /** @param {readonly string[]} args */
  const token = (...args) =>
    runOnce(tools, ['packages/api/cli/token.ts', '--key', PRIVATE_KEY, ...args], {}, 'Making a token');
  const [TOKEN_ADMIN, TOKEN_VENDOR, TOKEN_CUSTOMER, TOKEN_SERVICE] = await Promise.all([
    token('--role', 'admin'),
    token('--role', 'vendor', '--stores', 'MAD-001'),
    token('--role', 'customer', '--user', 'cust-456'),
    token('--role', 'service'),
  ]);
  return { TOKEN_ADMIN, TOKEN_VENDOR, TOKEN_CUSTOMER, TOKEN_SERVICE };
}

/**
 * A product for the examples. README's lines reserve it in BCN-001, so it is the first by its SKU of which that store has
 * enough to try it often. Where nothing is left there it is one that may at least be received; '' without any product.
 * @param {Tools} tools
 * @param {string} url
 * @returns {Promise<string>}
 */
export async function firstProduct(tools, url) {
  const program = `import pg from 'pg';
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5000 });
    await client.connect();
    const { rows } = await client.query(\`SELECT p.id FROM products p
      LEFT JOIN stock s ON s.product_id = p.id AND s.store_id = 'BCN-001'
      ORDER BY p.archived_at IS NOT NULL, least(coalesce(s.quantity - s.reserved, 0), 10) DESC, p.sku LIMIT 1\`);
    await client.end();
    process.stdout.write(rows[0]?.id ?? '');`;
  const outcome = await capture(tools.node, ['--input-type=module', '--eval', program], {
    cwd: join(paths.root, 'packages/api'), // where pg can be found
    env: { ...tools.env, DATABASE_URL: url },
    timeoutMs: 30_000,
  });
  if (outcome.code !== 0) throw new Problem(`No product was found in the database:\n${lastLines(outcome.output)}`);
  return outcome.stdout;
}

/**
 * @typedef {object} AppProcess
 * @property {'api' | 'relay' | 'projector'} name
 * @property {readonly string[]} args for node
 * @property {Readonly<Record<string, string>>} env
 * @property {number} opsPort the wanted one
 * @property {number} [port] the wanted one
 * @property {boolean} logs whether a terminal shows all of its log, and not only warnings and errors
 *
 * @typedef {object} RunningApp
 * @property {import('../process/guard.mjs').Guarded} running
 * @property {() => Promise<import('../process/guard.mjs').Guarded>} restart on the same ports
 * @property {number} opsPort
 * @property {number | undefined} port
 */

/**
 * Starts a process and waits until it is ready. A port that is taken is replaced by the next free one; a process that
 * lost the race for a port (two starts at once) tries again.
 * @param {Tools} tools
 * @param {AppProcess} app
 * @param {Output} output
 * @param {(wanted: number) => Promise<number>} claimPort
 * @returns {Promise<RunningApp>}
 */
export async function startApp(tools, app, output, claimPort) {
  const sink = createLogSink(app.name, output, app.logs);
  /** @param {number} wanted @param {string} what */
  const claim = async (wanted, what) => {
    const port = await claimPort(wanted);
    if (port !== wanted) output.say(`Port ${wanted} is taken: ${what} uses ${port} instead.`);
    return port;
  };
  for (let attempt = 1; ; attempt += 1) {
    const opsPort = await claim(app.opsPort, `${app.name} for its ops`);
    const port = app.port === undefined ? undefined : await claim(app.port, app.name);
    const ports = { OPS_PORT: String(opsPort), ...(port === undefined ? {} : { PORT: String(port) }) };
    const env = { ...tools.env, ...app.env, ...ports };
    const restart = async () => {
      const guarded = await spawnGuarded({ command: tools.node, args: app.args, env, cwd: paths.root });
      sink.attach(guarded.child);
      return { ...guarded, stop: () => guarded.stop(12_000) };
    };
    const running = await restart();
    const deadline = Date.now() + READY_MS;
    // Its own log line counts first: before that, a process of another clone may be answering at the port.
    const ready = async () => sink.saidReady(running.pid) && (await isReady(opsPort));
    while (running.alive() && Date.now() < deadline && !(await ready())) await Promise.race([wait(50), running.exited]);
    if (running.alive() && Date.now() < deadline) return { running, restart, opsPort, port };
    const why = running.alive() ? `was not ready after ${READY_MS / 1000} s` : `ended (${await running.exited})`;
    await running.kill();
    await wait(50); // its last lines
    if (attempt < 3 && sink.last().includes('EADDRINUSE')) continue;
    throw new Problem(
      `${app.name} ${why}. Its last lines:\n${lastLines(sink.last(), 8)}`,
      `All of its log is in ${paths.logs}.`,
    );
  }
}

/**
 * @param {number} opsPort
 * @returns {Promise<boolean>}
 */
function isReady(opsPort) {
  return new Promise((resolve) => {
    const target = { host: '127.0.0.1', port: opsPort, path: '/readyz', timeout: 2000, agent: false };
    const request = get(target, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
