/** The whole system on private servers: api, relay, projector as processes, a seeded database, tokens. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { adminUrlFromEnvironment, createTestDatabase } from '@inventory/db/testing/database.ts';
import pg from 'pg';
import { freePort } from '../../scripts/lib/process/ports.mjs';
import { createClient } from '@inventory/testkit/http/client.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { asProcess } from '@inventory/testkit/processes/logins.ts';
import { startProcess } from '@inventory/testkit/processes/processes.ts';
import type { ProcessName, TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { startNats, startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

export interface System {
  readonly databaseUrl: string;
  readonly redis: Service;
  readonly nats: Service;
  readonly keys: TestKeys;
  readonly sql: pg.Pool;
  readonly apis: readonly TestProcess[];
  readonly relays: readonly TestProcess[];
  /** Those started so far, ended ones too. */
  readonly projectors: readonly TestProcess[];
  startProjector(): Promise<TestProcess>;
  /** SIGTERM, then another one in its place, which takes its port: resolves when it is ready. @throws {Error} unless the first exits with 0 */
  restart(command: ProcessName, nth: number): Promise<TestProcess>;
  /** Another one in the place of one that was killed, on its port. */
  replace(command: ProcessName, nth: number): Promise<TestProcess>;
  /** Between the processes and their servers. @throws {Error} unless the system was started with `proxied` */
  readonly proxies: () => Proxies;
  readonly env: Readonly<Record<string, string>>;
  /** A client of the nth api for a token of this role. */
  client(role: 'admin' | 'vendor' | 'customer', nth?: number): Promise<Client>;
  /** The id of the nth seeded product, from 1. */
  product(nth: number): Promise<string>;
  /** Runs a command of ours to its end, as an operator would. */
  command(script: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }>;
  stop(): Promise<void>;
}

/** Where a network may fail. */
interface Proxies {
  readonly apiToDatabase: Proxy;
  readonly apiToRedis: Proxy;
  readonly projectorToRedis: Proxy;
  readonly projectorToNats: Proxy;
}

export interface SystemOptions {
  /** Another server of Postgres than that of the run. */
  readonly adminUrl?: string;
  readonly apis?: number;
  readonly relays?: number;
  readonly projectors?: number;
  readonly redisArgs?: readonly string[];
  /** More variables of the nth api, from 0. */
  readonly apiEnv?: (nth: number) => Readonly<Record<string, string>>;
  /** Variables of all processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** A proxy in front of each server, as Proxies says; they cost some time on every way. */
  readonly proxied?: boolean;
}

/** Starts it all. `stop` ends every process and server of it. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { apis = 1, relays = 1, projectors = 1, redisArgs = [], apiEnv = () => ({}), proxied = false } = options;
  const [database, redis, nats, keys] = await Promise.all([
    createTestDatabase(options.adminUrl ?? adminUrlFromEnvironment()), startRedis({ args: redisArgs }), startNats(), createTestKeys(),
  ]);
  const env = {
    DATABASE_URL: database.url, REDIS_URL: redis.url, NATS_URL: nats.url, JWT_PUBLIC_KEY: keys.publicKeyPem,
    PORT: '0',
    // All tests have one address and a few users.
    RATE_LIMIT_IP: '1000000', RATE_LIMIT_USER: '1000000', CONFIRM_MAX_UNITS_PER_DAY: '1000000',
    ...options.env,
  };
  const proxies = proxied ? await startProxies(env) : undefined;
  const envOf = {
    api: proxies === undefined ? env : {
      ...env, DATABASE_URL: through(proxies.apiToDatabase, env.DATABASE_URL), REDIS_URL: through(proxies.apiToRedis, env.REDIS_URL),
    },
    relay: env,
    projector: proxies === undefined ? env : {
      ...env, REDIS_URL: through(proxies.projectorToRedis, env.REDIS_URL), NATS_URL: through(proxies.projectorToNats, env.NATS_URL),
    },
  };
  const command = (script: string, args: readonly string[]) => {
    const [, name] = /^packages\/(api|relay|projector)\//.exec(script) ?? [];
    if (name !== 'api' && name !== 'relay' && name !== 'projector') throw new Error(`${script} is of no process`);
    return run(process.execPath, [join(ROOT, script), ...args], { env: { ...process.env, ...asProcess(name, env) }, timeout: 60_000 });
  };
  await command('packages/api/cli/seed.ts', []);
  // A port that an api keeps over a restart, when nobody listens there for a moment.
  const one = async (command: ProcessName, nth = 0, more: Readonly<Record<string, string>> = {}) => startProcess({
    command, args: command === 'api' ? [] : ['run'],
    env: { ...envOf[command], ...(command === 'api' ? { PORT: String(await freePort()), ...apiEnv(nth) } : {}), ...more },
  });
  const many = (command: ProcessName, count: number) =>
    Promise.all(Array.from({ length: count }, (_, nth) => one(command, nth)));
  const [startedApis, startedRelays, startedProjectors] = await Promise.all([
    many('api', apis), many('relay', relays), many('projector', projectors),
  ]);
  const sql = new pg.Pool({ connectionString: database.url, max: 4 });
  const tokens = { vendor: { userId: 'vendor-789', storeIds: ['MAD-001'] }, customer: { userId: 'cust-456' }, admin: {} };
  const groups = { api: startedApis, relay: startedRelays, projector: startedProjectors };
  const theNth = (command: ProcessName, nth: number): TestProcess => {
    const found = groups[command][nth];
    if (found === undefined) throw new Error(`there is no ${command} number ${nth}`);
    return found;
  };
  const replace = async (command: ProcessName, nth: number): Promise<TestProcess> => {
    const started = await one(command, nth, { PORT: String(theNth(command, nth).port) });
    groups[command][nth] = started;
    return started;
  };

  return {
    databaseUrl: database.url, redis, nats, keys, sql, env, command,
    apis: startedApis,
    relays: startedRelays,
    projectors: startedProjectors,
    startProjector: async () => {
      const started = await one('projector');
      startedProjectors.push(started);
      return started;
    },
    restart: async (command, nth) => {
      const { code } = await theNth(command, nth).stop();
      if (code !== 0) throw new Error(`${command} number ${nth} exited with ${code}`);
      return replace(command, nth);
    },
    replace,
    proxies: () => {
      if (proxies === undefined) throw new Error('the system was started without proxies');
      return proxies;
    },
    client: async (role, nth = 0) => {
      const api = startedApis[nth];
      if (api === undefined) throw new Error(`there is no api number ${nth}`);
      return createClient(`http://127.0.0.1:${api.port}`, await keys.token({ role, ...tokens[role] }));
    },
    product: async (nth) => {
      const sku = `SKU-${String(nth).padStart(4, '0')}`;
      const { rows } = await sql.query<{ id: string }>('SELECT id FROM products WHERE sku = $1', [sku]);
      const [row] = rows;
      if (row === undefined) throw new Error(`no product ${sku}`);
      return row.id;
    },
    stop: async () => {
      for (const proxy of Object.values(proxies ?? {})) proxy.heal();
      await Promise.allSettled([...startedProjectors, ...startedRelays, ...startedApis].map((p) => p.stop()));
      await sql.end();
      await Promise.allSettled([redis.stop(), nats.stop(), ...Object.values(proxies ?? {}).map((proxy) => proxy.close())]);
      await database.drop();
    },
  };
}

async function startProxies(
  env: { readonly DATABASE_URL: string; readonly REDIS_URL: string; readonly NATS_URL: string },
): Promise<Proxies> {
  const to = (url: string) => startProxy({ targetPort: Number(new URL(url).port) });
  const [apiToDatabase, apiToRedis, projectorToRedis, projectorToNats] = await Promise.all([
    to(env.DATABASE_URL), to(env.REDIS_URL), to(env.REDIS_URL), to(env.NATS_URL),
  ]);
  return { apiToDatabase, apiToRedis, projectorToRedis, projectorToNats };
}

function through(proxy: Proxy, url: string): string {
  const changed = new URL(url);
  changed.host = `127.0.0.1:${proxy.port}`;
  return changed.href;
}
