// @ts-check
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parseEnv } from './lib/base/env-file.mjs';
import { readLock } from './lib/process/lock.mjs';
import { isAlive } from './lib/process/identity.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START = fileURLToPath(new URL('./start.mjs', import.meta.url));
const RESET = fileURLToPath(new URL('./reset.mjs', import.meta.url));

/** With TEST_SERVICES=containers the servers of `npm start` come from the Docker rung too. */
const inContainers = process.env['TEST_SERVICES'] === 'containers';
const RUNGS = inContainers ? { INVENTORY_LADDER_SKIP: 'machine,unpacked,apt,npm' } : {};

/** What the shell of a developer may tell `psql` about another server; nothing of it fits the private one. */
const SHELL = {
  PGHOST: '192.0.2.1', PGPORT: '1', PGUSER: 'nobody', PGPASSWORD: 'wrong', PGDATABASE: 'nowhere', PGSERVICE: 'none', PGDATA: '/nowhere',
  PGSSLMODE: 'require', PGOPTIONS: '-c search_path=elsewhere -c datestyle=German', PGCLIENTENCODING: 'LATIN1',
};

/**
 * @param {string} what
 * @param {() => boolean} condition
 * @param {number} [timeoutMs]
 */
async function eventually(what, condition, timeoutMs = 15_000) {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await wait(50);
  }
}

describe('npm start', () => {
  const state = mkdtempSync(join(tmpdir(), 'inventory-start-'));
  // Servers of its own: those of the test run stay as they are.
  const env = {
    ...process.env, ...RUNGS, ...SHELL, INVENTORY_STATE: state, DATABASE_URL: '', REDIS_URL: '', NATS_URL: '',
  };
  /** @type {import('node:child_process').ChildProcess[]} */
  const started = [];

  after(async () => {
    for (const child of started) child.kill('SIGTERM');
    await Promise.all(started.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    await promisify(execFile)(process.execPath, [RESET, '--yes'], { env });
    rmSync(state, { recursive: true, force: true });
  });

  async function start(/** @type {readonly string[]} */ args = []) {
    const child = spawn(process.execPath, [START, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    started.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    }
    await eventually('the banner', () => {
      if (child.exitCode !== null) throw new Error(`npm start has ended:\n${text}`);
      return text.includes('Ctrl-C stops all of it');
    }, 150_000);
    return { child, text: () => text };
  }

  /**
   * What a person copies from the terminal.
   * @param {string} text
   */
  async function paste(text) {
    const shown = text.split('\n').filter((line) => line.startsWith('  '));
    const first = shown.findIndex((line) => line.startsWith('  . '));
    const [source = '', ...commands] = shown.slice(first).join('\n').split(/\n(?= {2}curl )/);
    expect(commands).to.have.lengthOf(3);
    const answers = [];
    for (const command of commands) answers.push(await answerTo(`${source}\n${command}`));
    return { answers, look: () => answerTo(`${source}\n${commands[2] ?? ''}`) };
  }

  /**
   * @param {string} url of a server
   * @param {string} question
   * @returns {Promise<string>} what it says to somebody without a name
   */
  async function saidBy(url, question) {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
    let said = '';
    socket.setEncoding('utf8').on('data', (chunk) => (said += chunk)).on('error', () => undefined);
    socket.write(question);
    await Promise.race([once(socket, 'close'), wait(1000)]);
    socket.destroy();
    return said;
  }

  async function answerTo(/** @type {string} */ line) {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line], { cwd: tmpdir(), timeout: 20_000 });
    return JSON.parse(stdout);
  }

  /**
   * The README's console blocks, one after the other, as a reader would copy them: in the repository's folder, with the state
   * of this system for `.dev`.
   * @returns {Promise<{ block: string, statuses: readonly number[], output: string }[]>} statuses are those of its curls
   */
  async function pasteReadme() {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const done = [];
    for (const [, block = ''] of readme.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
      const script = block.replace(/^\$ /gm, '').replaceAll('.dev/', `${state}/`);
      // This is one of the two, and the other one is what it runs in.
      if (/^npm (start|test) /.test(script)) continue;
      const curl = "curl() { command curl -w '\\nstatus %{http_code}\\n' \"$@\"; }";
      const { stdout } = await promisify(execFile)('/bin/sh', ['-ec', `${curl}\n${script}`], { cwd: ROOT, env, timeout: 60_000 });
      const statuses = [...stdout.matchAll(/^status (\d+)$/gm)].map(([, status]) => Number(status));
      done.push({ block, statuses, output: stdout });
    }
    return done;
  }

  it('serves the three lines that it prints, survives the loss of a process, and stops with exit code 0', async () => {
    const { child, text } = await start();
    // A healthy start has nothing to warn of.
    expect(text().split('\n').filter((line) => /"level":"(warn|error)"|^! /.test(line))).to.deep.equal([]);
    const { answers: [receipt, hold, availability], look } = await paste(text());
    expect(receipt).to.include({ store_id: 'MAD-001', quantity: 40 });
    expect(hold).to.include({ status: 'PENDING', quantity: 2, customer_id: 'cust-456' });
    /** @param {{ stores: { store_id: string, reserved: number }[] }} answer */
    const madridIn = ({ stores }) => stores.find(({ store_id }) => store_id === 'MAD-001');
    let madrid = madridIn(availability);
    // The view is some milliseconds behind, and a shell may be faster than that.
    for (const until = Date.now() + 15_000; madrid?.reserved !== 2 && Date.now() < until;) madrid = madridIn(await look());
    expect(madrid).to.include({ available: 38, reserved: 2 });

    expect(statSync(join(state, 'env')).mode & 0o077).to.equal(0);
    expect(statSync(join(state, 'keys/private.pem')).mode & 0o077).to.equal(0);
    const values = parseEnv(readFileSync(join(state, 'env'), 'utf8'));
    const names = ['API_URL', 'OPS_URLS', 'DATABASE_URL', 'REDIS_URL', 'NATS_URL', 'PRODUCT_ID'];
    expect(Object.keys(values)).to.include.members(names);
    // Each process is its own user at each server, and nobody comes in without a name.
    for (const [name, user] of /** @type {const} */ ([
      ['API_DATABASE_URL', 'api_login'], ['RELAY_DATABASE_URL', 'relay_login'], ['PROJECTOR_DATABASE_URL', 'projector_login'],
      ['OWNER_DATABASE_URL', 'owner_login'], ['SUPERUSER_DATABASE_URL', 'postgres'],
      ['READER_DATABASE_URL', 'reader_login'], ['API_REDIS_URL', 'api'],
      ['PROJECTOR_REDIS_URL', 'projector'], ['RELAY_NATS_URL', 'relay'], ['PROJECTOR_NATS_URL', 'projector'], ['ANALYTICS_NATS_URL', 'analytics'],
    ])) expect(new URL(values[name] ?? '').username, name).to.equal(user);
    expect(await saidBy(values['REDIS_URL'] ?? '', 'PING\r\n')).to.contain('NOAUTH');
    expect(await saidBy(values['NATS_URL'] ?? '', 'CONNECT {"verbose":false}\r\nPING\r\n')).to.contain('Authorization Violation');

    // The last of it in BCN-001 goes: the next start names another product, or README's second line would be refused.
    const gone = await answerTo(`. ${join(state, 'env')}; curl -s $API_URL/api/v1/stock -H "Authorization: Bearer $TOKEN_ADMIN" `
      + `-H 'Content-Type: application/json' -d '{"product_id":"'$PRODUCT_ID'","store_id":"BCN-001","quantity_change":-40,"reason":"DAMAGE"}'`);
    expect(gone, JSON.stringify(gone)).to.include({ quantity: 0 });

    const [victim] = readLock(join(state, 'start.lock'))?.children.slice(-1) ?? [];
    if (victim === undefined) throw new Error('no process is recorded');
    process.kill(victim.pid, 'SIGKILL');
    await eventually('a restart', () => /has ended \(signal SIGKILL\); it is started again/.test(text()));

    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).to.equal(0);
    expect(text()).to.match(/Stopped\.\s*$/);
  });

  it('leaves nothing running when it is killed with -9, refuses to run twice, and finds its data again: README\'s commands work with it', async () => {
    const first = await start();
    const children = readLock(join(state, 'start.lock'))?.children ?? [];
    expect(children).to.have.lengthOf(6);
    expect(children.every(isAlive)).to.equal(true);

    const second = spawn(process.execPath, [START], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const [words] = await once(second.stderr.setEncoding('utf8'), 'data');
    expect(words).to.contain(`process ${first.child.pid}`);
    expect((await once(second, 'exit'))[0]).to.equal(1);

    first.child.kill('SIGKILL');
    await eventually('the end of everything', () => !children.some(isAlive));

    const again = await start();
    const { answers: [receipt] } = await paste(again.text());
    // Of another product than the first start's, of which nothing is left in BCN-001.
    expect(receipt.quantity).to.equal(40);

    const [tried, replayed, ...more] = await pasteReadme();
    expect(tried?.statuses, tried?.output).to.deep.equal([200, 201, 200]);
    expect(replayed?.block).to.contain('replay --from 2h');
    expect(replayed?.output).to.match(/^\d+ events\. SHA-256 over their ids: [0-9a-f]{64}$/m);
    expect(more).to.deep.equal([]);

    again.child.kill('SIGTERM');
    expect((await once(again.child, 'exit'))[0]).to.equal(0);
  });

  it('as npm run dev starts a process again when a file of it changes, and no other, and serves within seconds', async () => {
    const { child, text } = await start(['dev']);
    /** @param {string} name */
    const starts = (name) => text().split('\n').filter((line) => line.startsWith(name) && line.includes('"ready"')).length;
    await eventually('the watch', () => text().includes('Save a file'));
    const before = { api: starts('api'), relay: starts('relay') };
    // As if it had been saved: its time changes, and nothing in it.
    const file = join(ROOT, 'packages/api/http/errors.ts');
    const saved = Date.now();
    utimesSync(file, new Date(), new Date());
    await eventually('the api again', () => starts('api') === before.api + 1, 30_000)
      .catch((error) => { throw new Error(`${error.message}, ${before.api} before:\n${text()}`); });
    console.log(`      ready again ${Date.now() - saved} ms after the file was saved`);
    expect(starts('relay')).to.equal(before.relay);
    expect(text()).to.contain('packages/api/http/errors.ts: api starts again');
    child.kill('SIGINT');
    expect((await once(child, 'exit'))[0]).to.equal(0);
  });
});
