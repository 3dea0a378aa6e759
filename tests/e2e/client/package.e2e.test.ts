/** What somebody gets who installs the tarball of packages/client: in TypeScript, in JavaScript under Node 20, by its README. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { startSystem } from '../system.ts';
import type { System } from '../system.ts';
import { examples, printed, program } from './readme.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');
const PACKAGE = join(ROOT, 'packages', 'client');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** The first Node on the PATH that is of a major version. */
async function nodeOf(major: string): Promise<string | undefined> {
  for (const folder of (processEnv()['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    const version = existsSync(path) ? (await run(path, ['--version'])).stdout : '';
    if (version.startsWith(`v${major}.`)) return path;
  }
  return undefined;
}

const node20 = await nodeOf('20');

/** Says by its exit code and its lines what TypeScript thinks of a file: `file.ts(3,7): error TS2339`. */
async function check(project: string, file: string, options: readonly string[] = []): Promise<readonly string[]> {
  const args = [TSC, '--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', ...options, file];
  const { stdout } = await run(process.execPath, args, { cwd: project }).catch((error: unknown) => {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return { stdout: error.stdout };
    throw error;
  });
  return stdout.split('\n').filter((line) => /error TS/.test(line));
}

describe('the tarball of the client', function () {
  this.timeout(180_000);
  let system: System;
  let folder: string;
  let project: string;
  let env: Record<string, string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inventory-client-'));
    project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{"name":"somebody","private":true,"type":"module"}');
    const npm = (args: readonly string[], cwd: string) => run('npm', [...args], { cwd, env: { ...processEnv(), npm_config_update_notifier: 'false' } });
    await npm(['pack', '--pack-destination', folder], PACKAGE);
    const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    await npm(['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball)], project);
    system = await startSystem({ relays: 0, projectors: 0 });
    const [api] = system.apis;
    const tokenOf = (role: 'vendor' | 'customer', who: object) => system.keys.token({ role, ...who });
    env = {
      PATH: processEnv()['PATH'] ?? '', API_URL: `http://127.0.0.1:${api?.port ?? 0}`, PRODUCT_ID: await system.product(1),
      TOKEN_VENDOR: await tokenOf('vendor', { userId: 'vendor-789', storeIds: ['MAD-001'] }),
      TOKEN_CUSTOMER: await tokenOf('customer', { userId: 'cust-456' }),
    };
  });
  after(async () => {
    await system.stop();
    await rm(folder, { recursive: true });
  });

  it('has JavaScript, its types and the README, and leaves nothing in the repository', async () => {
    const installed = join(project, 'node_modules', '@inventory', 'client');
    const names = await readdir(installed, { recursive: true });
    const files = names.filter((name) => /\.\w+$/.test(name)).map((name) => name.replace(/^dist\/.*\.(d\.ts|js)$/, 'dist/*.$1'));
    expect([...new Set(files)].toSorted()).to.deep.equal(['README.md', 'dist/*.d.ts', 'dist/*.js', 'package.json']);
    expect(await readdir(join(project, 'node_modules')), 'it brings nothing with it').to.have.members(['.package-lock.json', '@inventory']);
    expect(existsSync(join(PACKAGE, 'dist'))).to.equal(false);
  });

  it('does by its README what the README says', async () => {
    const all = examples();
    expect(all.length).to.be.above(8);
    const file = join(project, 'readme.ts');
    await writeFile(file, program(all));
    const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules', '@types')];
    expect(await check(project, 'readme.ts', types)).to.deep.equal([]);
    const { stdout } = await run(process.execPath, ['readme.ts'], { cwd: project, env });
    expect(printed(stdout)).to.deep.equal(all.map(({ prints }) => prints));
  });

  it('has types that hold strictly, each way that modules are found, without the types of Node', async () => {
    await writeFile(join(project, 'right.ts'), `
      import { createClient, isInventoryProblem } from '@inventory/client';
      import type { Client, components, InventoryProblem, ProblemCode } from '@inventory/client';
      const client: Client = createClient({ baseUrl: '', token: async () => 'T' });
      export async function reserve(product_id: string): Promise<components['schemas']['Reservation'] | number> {
        try {
          return await client.createReservation({ product_id, store_id: 'MAD-001', quantity: 1, customer_id: 'c' });
        } catch (error) {
          if (!isInventoryProblem(error)) throw error;
          if (error.code === 'insufficient_stock') return error.lines.reduce((sum, { available }) => sum + available, 0);
          if (error.code === 'version_mismatch') return error.current_version ?? 0;
          const rest: Exclude<ProblemCode, 'insufficient_stock' | 'version_mismatch'> = error.code;
          return rest.length;
        }
      }
      export const scanned = () => client.changeStock({ barcode: '4006381333931', store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' })
        .then(({ sku, product_name }) => [sku, product_name].join());
      export const lines = (problem: Extract<InventoryProblem, { code: 'insufficient_stock' }>): number => problem.lines.length;
      export async function first(): Promise<string | undefined> {
        for await (const { name } of client.listStores()) return name;
        return undefined;
      }
    `);
    expect(await check(project, 'right.ts')).to.deep.equal([]);
    expect(await check(project, 'right.ts', ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'])).to.deep.equal([]);
    expect(await check(project, 'right.ts', ['--module', 'esnext', '--moduleResolution', 'bundler'])).to.deep.equal([]);
  });

  it('refuses by its types what is wrong', async () => {
    const wrong = [
      `client.getProduct({})`, `client.createReservation({ product_id: 'p', store_id: 'MAD-001', quantity: 1 })`,
      `client.changeStock({ product_id: 'p', store_id: 'MAD-001', quantity_change: 1, reason: 'BECAUSE' })`,
      `client.changeStock({ store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' })`,
      `client.getProduct({ id: 'p' }, { deadlineMs: 5, idempotencyKey: 'k' })`, `client.createReservation(order, { deadlineMs: 5, ifMatch: 7 })`,
      `client.getProduct({ id: 'p' }, { ifNoneMatch: '"7"' }).then((product) => product.name)`,
      `problem.lines`, `problem.code === 'insufficient_stock' && problem.violated_policies`, `problem.code === 'no_such_code'`,
      `createClient({ baseURL: '' })`, `client.deleteEverything()`,
    ];
    await writeFile(join(project, 'wrong.ts'), [`import { createClient, type Client, type InventoryProblem, type Input } from '@inventory/client'; declare const client: Client; declare const problem: InventoryProblem; declare const order: Input<'createReservation'>;`,
      ...wrong.map((line) => `void (${line});`)].join('\n'));
    const found = await check(project, 'wrong.ts');
    const lines = found.map((line) => Number(/wrong\.ts\((\d+),/.exec(line)?.[1]));
    expect(lines, found.join('\n')).to.deep.equal(wrong.map((_, nth) => nth + 2));
  });

  const title = 'runs in plain JavaScript under Node 20';
  (node20 === undefined ? it.skip : it)(node20 === undefined ? `${title} (skipped: no Node 20 on the PATH)` : title, async () => {
    await writeFile(join(project, 'plain.mjs'), `
      import { createClient, isInventoryProblem } from '@inventory/client';
      const { API_URL, TOKEN_CUSTOMER, PRODUCT_ID } = process.env;
      const attempts = [];
      const client = createClient({ baseUrl: API_URL, token: () => TOKEN_CUSTOMER, onAttempt: ({ operation, status }) => attempts.push([operation, status]) });
      const { product_name } = await client.getAvailability({ id: PRODUCT_ID });
      const names = [];
      for await (const { store_id } of client.listStores({ limit: 2 })) names.push(store_id);
      const order = { product_id: PRODUCT_ID, store_id: 'VAL-001', quantity: 100, customer_id: 'cust-456' };
      const error = await client.createReservation(order).catch((thrown) => thrown);
      console.log(JSON.stringify([process.version.split('.')[0], product_name, names, isInventoryProblem(error), error.code, error.lines?.length, attempts.length]));
    `);
    const { stdout } = await run(node20 ?? '', ['plain.mjs'], { cwd: project, env });
    expect(JSON.parse(stdout)).to.deep.equal(['v20', 'Laptop HP', ['BCN-001', 'MAD-001', 'VAL-001'], true, 'insufficient_stock', 1, 4]);
  });

  it('is as small as it promises', async () => {
    const { gzipSync } = await import('node:zlib');
    const dist = join(project, 'node_modules', '@inventory', 'client', 'dist');
    const names = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.js'));
    const script = (await Promise.all(names.map((name) => readFile(join(dist, name), 'utf8')))).join('');
    const bytes = gzipSync(script, { level: 9 }).length;
    console.info(`      ${names.length} files, ${script.length} bytes of JavaScript, ${bytes} compressed`);
    expect(bytes).to.be.below(12_000);
  });
});
