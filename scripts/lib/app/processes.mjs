// @ts-check
/* Which processes `npm start` runs, with what, on which ports. */
import { paths } from '../base/paths.mjs';
import { createPortClaims } from '../process/ports.mjs';
import { startApp } from './app.mjs';
import { INSPECTOR_PORTS } from './start-options.mjs';

/** Below the 12 s that they are given before SIGKILL. */
const SHUTDOWN_DEADLINE_MS = '8000';

/**
 * Starts api, relay and projector side by side; the relay needs NATS, the projector Redis.
 * @param {import('../install/tools.mjs').Tools} tools
 * @param {object} given
 * @param {{ redis: string | undefined, nats: string | undefined }} given.urls
 * @param {import('./logins.mjs').Logins} given.logins
 * @param {string} given.publicKey
 * @param {import('./start-options.mjs').StartOptions} given.options
 * @param {{ keep: ReturnType<typeof import('../process/supervise.mjs').createSupervisor>['keep'] }} supervisor
 * @param {import('../base/output.mjs').Output} output
 */
export async function startProcesses(tools, { urls, logins, publicKey, options }, supervisor, output) {
  const { port, watch, inspect, logs } = options;
  // A developer waits for the new answer, not for old connections to drain.
  const shared = { SHUTDOWN_DEADLINE_MS, ...(watch ? { HTTP_DRAIN_MS: '0' } : {}) };
  const claimPort = createPortClaims();
  /** @param {import('./app.mjs').AppProcess} app */
  const start = async (app) => {
    const debug = inspect ? [`--inspect=127.0.0.1:${INSPECTOR_PORTS[app.name]}`] : [];
    const started = await startApp(tools, { ...app, args: [...debug, ...app.args] }, output, claimPort);
    supervisor.keep(app.name, started.running, started.restart, watch ? 'wait' : 'restart');
    return started;
  };
  /**
   * @param {'relay' | 'projector'} name
   * @param {number} opsPort
   */
  const worker = (name, opsPort) => start({ name, args: [`packages/${name}/main.ts`, 'run'], env: { ...shared, ...logins.of(name) }, opsPort, logs });
  const apiEnv = { ...shared, ...logins.of('api'), HOST: '127.0.0.1', JWT_PUBLIC_KEY: publicKey, BOARD_SIGN_IN: paths.boardTokens };
  const [api, relay, projector] = await Promise.all([
    start({ name: 'api', args: ['packages/api/main.ts'], env: apiEnv, opsPort: 9464, port, logs }),
    urls.nats === undefined ? undefined : worker('relay', 9465),
    urls.redis === undefined ? undefined : worker('projector', 9466),
  ]);
  const opsUrls = [api, relay, projector].map((app) => (app === undefined ? '-' : `http://127.0.0.1:${app.opsPort}`));
  return { apiUrl: `http://127.0.0.1:${api.port}`, opsUrls };
}

/** In the order in which they are stopped: all at once. */
export const PROCESS_NAMES = ['api', 'relay', 'projector'];
