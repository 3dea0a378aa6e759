// @ts-check
/*
 * Every program that a person may type, asked for its use and used wrongly: it answers, and has done nothing. What would
 * destroy data asks first.
 */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Started by other programs alone, which hand them JSON. */
const NOT_TYPED = new Set(['bench/peers/peer.ts', 'bench/system/load.ts']);
/** A compiler and a linter from npm: their --help and their exit codes are theirs. */
const FOREIGN = new Set(['npm run types', 'npm run lint', 'npm run format']);

/** @returns {{ name: string, words: readonly string[] }[]} the scripts of package.json, and the files that are programs */
function programs() {
  /** @type {{ scripts: Record<string, string> }} */
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = Object.entries(scripts).map(([name, line]) => ({ name: `npm run ${name}`, words: line.split(' ').slice(1) }));
  const files = ['packages', 'db', 'tests', 'bench', 'scripts'].flatMap(walk)
    .filter((path) => !/\.(test|fixture)\.|\/lib\//.test(path) && !NOT_TYPED.has(path) && !named.some(({ words }) => words[0] === path))
    .filter((path) => /^if \(import\.meta\.main\)|^#!|process\.argv\.slice\(2\)/m.test(readFileSync(join(ROOT, path), 'utf8')));
  return [...named, ...[...files, 'scripts/compose-smoke.mjs', '.ci/run'].map((path) => ({ name: path, words: [path] }))];
}

/** @param {string} folder @returns {string[]} */
function walk(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(path) : /\.(ts|mjs)$/.test(path) ? [path] : [];
  });
}

describe('every command', function () {
  this.timeout(120_000);
  const state = mkdtempSync(join(tmpdir(), 'inventory-commands-'));
  const data = join(state, 'data', 'postgres', 'PG_VERSION');
  // Servers that are not there: a program that would do its work fails, or leaves a trace.
  const env = {
    ...process.env, INVENTORY_STATE: state, DATABASE_URL: 'postgres://127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1',
    NATS_URL: 'nats://127.0.0.1:1', NO_COLOR: '1',
  };
  const made = ['docs/openapi.json', 'docs/asyncapi.json', 'docs/benchmarks.md', '.env.example', 'db/schema.sql'];
  /** When the generated files were last written, and whether the data is there. */
  const traces = () => [...made.map((path) => statSync(join(ROOT, path)).mtimeMs), existsSync(data)];

  beforeEach(() => {
    mkdirSync(join(state, 'data', 'postgres'), { recursive: true });
    writeFileSync(data, '15\n');
  });
  after(() => rmSync(state, { recursive: true, force: true }));

  /**
   * @param {readonly string[]} words a program of the repository, and what it is told
   * @param {Record<string, string>} [more] variables besides those of all
   * @returns {Promise<{ code: unknown, stdout: string, stderr: string }>} the code is 'late' when it was ended after 20 s
   */
  const run = (words, more = {}) => new Promise((resolve) => {
    const [path = '', ...args] = words;
    const [command, first] = path.startsWith('.ci') ? ['bash', path] : [process.execPath, path];
    execFile(command, [first, ...args], { cwd: ROOT, env: { ...env, ...more }, timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.killed ? 'late' : error.code, stdout, stderr });
    });
  });

  /** @param {(program: { name: string, words: readonly string[] }) => Promise<string | undefined>} judge */
  const faults = async (judge) => {
    /** @type {string[]} */
    const found = [];
    const left = programs();
    const next = async () => {
      for (let each = left.shift(); each !== undefined; each = left.shift()) {
        const fault = await judge(each);
        if (fault !== undefined) found.push(`${each.name}: ${fault}`);
      }
    };
    await Promise.all([next(), next()]);
    return found.toSorted();
  };

  it('shows its use for --help, exits with 0, and has done nothing', async () => {
    const before = traces();
    expect(await faults(async ({ words }) => {
      const { code, stdout, stderr } = await run([...words, '--help']);
      return code === 0 && /usage|tsc:|eslint \[options\]/i.test(stdout) ? undefined : `exits with ${code}: ${stdout}${stderr}`.slice(0, 300);
    })).to.deep.equal([]);
    expect(traces()).to.deep.equal(before);
  });

  it('refuses an option that it does not know with exit code 2, and has done nothing', async () => {
    const before = traces();
    expect(await faults(async ({ name, words }) => {
      const { code, stderr } = await run([...words, '--bogus']);
      if (FOREIGN.has(name)) return code === 0 ? 'exits with 0' : undefined;
      if (/^ {4}at /m.test(stderr)) return `a stack: ${stderr}`.slice(0, 300);
      return code === 2 && stderr.includes('--bogus') ? undefined : `exits with ${code}: ${stderr}`.slice(0, 300);
    })).to.deep.equal([]);
    expect(traces()).to.deep.equal(before);
  });

  it('npm run token signs with the key of the system that INVENTORY_STATE names, and says where there is none', async () => {
    const missing = await run(['scripts/run.mjs', 'token', '--role', 'admin']);
    expect([missing.code, missing.stdout]).to.deep.equal([1, '']);
    expect(missing.stderr).to.contain(join(state, 'keys', 'private.pem')).and.contain('npm start');

    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    mkdirSync(join(state, 'keys'));
    writeFileSync(join(state, 'keys', 'private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const { code, stdout } = await run(['scripts/run.mjs', 'token', '--role', 'admin']);
    expect(code).to.equal(0);
    const [head, body, signature = ''] = stdout.trim().split('.');
    expect(verify(null, Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))).to.equal(true);
  });

  it('npm run doctor and npm start say that the folder for the state is none, and what names another', async () => {
    const file = join(state, 'a file');
    writeFileSync(file, '');
    const [doctor, start] = await Promise.all(['scripts/doctor.mjs', 'scripts/start.mjs'].map((path) => run([path], { INVENTORY_STATE: file })));
    expect([doctor?.code, start?.code]).to.deep.equal([1, 1]);
    expect(doctor?.stdout).to.contain(`${file} is no folder`).and.contain('would fail');
    expect(start?.stderr).to.contain(`${file} is no folder`).and.contain('INVENTORY_STATE').and.not.contain('INVENTORY_DEBUG');
  });

  describe('npm run reset', () => {
    it('wants --yes where nobody can be asked: it says what it would remove, and removes nothing', async () => {
      const { code, stdout, stderr } = await run(['scripts/reset.mjs']);
      expect(code).to.equal(2);
      expect(stdout).to.contain(join(state, 'data'));
      expect(stderr).to.contain('--yes');
      expect(existsSync(data)).to.equal(true);
    });

    for (const [typed, stays] of /** @type {const} */ ([['n', true], ['', true], ['yes', false]])) {
      const terminal = existsSync('/usr/bin/script');
      const title = `asks in a terminal, and ${stays ? 'keeps' : 'removes'} the data for ${JSON.stringify(typed)}`;
      it(`${title}${terminal ? '' : ' (skipped: no script(1) here to make a terminal)'}`, async function () {
        if (!terminal) this.skip();
        const said = await new Promise((resolve, reject) => {
          const child = execFile('/usr/bin/script', ['-qec', `${process.execPath} scripts/reset.mjs`, '/dev/null'],
            { cwd: ROOT, env, timeout: 20_000 }, (error, stdout) => error?.killed ? reject(error) : resolve(stdout));
          child.stdin?.end(`${typed}\n`);
        });
        expect(said).to.match(/\[y\/N\]/);
        expect(existsSync(data)).to.equal(stays);
      });
    }

    it('removes the data with --yes, and finds nothing the second time', async () => {
      expect(await run(['scripts/reset.mjs', '--yes'])).to.deep.include({ code: 0, stderr: '' });
      expect(existsSync(data)).to.equal(false);
      const again = await run(['scripts/reset.mjs']);
      expect(again).to.deep.include({ code: 0, stdout: 'Nothing to forget: `npm start` has left no data here.\n' });
    });
  });
});
