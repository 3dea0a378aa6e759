// @ts-check
/*
 * Debian's packages: installed when we are root (their services are kept from starting: what we run is a private
 * instance), else downloaded and unpacked, with the libraries that the machine lacks.
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, lastLines } from '../process/command.mjs';
import { PACKAGES } from './ladder.mjs';
import { makeFolder, paths } from '../base/paths.mjs';

/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */

const POLICY = '/usr/sbin/policy-rc.d';
const MARK = 'inventory: written while packages are installed, may be deleted';
const BOUNDS = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20', '-o', 'DPkg::Lock::Timeout=120'];
const TIMEOUT_MS = 10 * 60_000;

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 * @returns {Promise<string>} what it printed; rejects with its last lines
 */
async function run(program, args, cwd) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const outcome = await capture(program, args, { env, timeoutMs: TIMEOUT_MS, ...(cwd === undefined ? {} : { cwd }) });
  if (outcome.code === 0) return outcome.stdout;
  const verb = args.find((word) => /^[a-z]+$/.test(word)) ?? '';
  throw new Error(`${program} ${verb} failed:\n${lastLines(outcome.output, 6)}`);
}

/**
 * Runs apt-get; when that fails, brings the package lists up to date and tries once more (they may be missing or old).
 * @param {readonly string[]} args
 * @param {readonly string[]} settings
 * @param {string} [cwd]
 * @returns {Promise<string>}
 */
async function apt(args, settings, cwd) {
  try {
    return await run('apt-get', [...BOUNDS, ...settings, ...args], cwd);
  } catch {
    await run('apt-get', [...BOUNDS, ...settings, 'update']);
    return run('apt-get', [...BOUNDS, ...settings, ...args], cwd);
  }
}

/**
 * As root. policy-rc.d is Debian's own switch against services that start when they are installed; systemd would also
 * start them at the next boot, so there they are disabled again.
 * @param {readonly ServerName[]} servers
 */
export async function installPackages(servers) {
  const guarded = !existsSync(POLICY) || readFileSync(POLICY, 'utf8').includes(MARK);
  const undo = () => rmSync(POLICY, { force: true });
  if (guarded) {
    writeFileSync(POLICY, `#!/bin/sh\n# ${MARK}\nexit 101\n`, { mode: 0o755 });
    process.once('exit', undo);
  }
  try {
    await apt(['install', '-y', '--no-install-recommends', ...servers.map((server) => PACKAGES[server])], []);
  } finally {
    if (guarded) {
      undo();
      process.removeListener('exit', undo);
    }
  }
  if (existsSync('/run/systemd/system')) {
    const units = servers.map((server) => PACKAGES[server]);
    await capture('systemctl', ['disable', '--now', ...units], { timeoutMs: 60_000 }).catch(() => undefined);
  }
}

/**
 * As root: a program that is no service.
 * @param {readonly string[]} packages
 * @returns {Promise<void>} rejects when apt does not have them
 */
export async function installProgram(packages) {
  await apt(['install', '-y', '--no-install-recommends', ...packages], []);
}

/**
 * What a meta package stands for: postgresql → postgresql-15, redis-server → redis-server and redis-tools.
 * @param {ServerName} server
 * @param {readonly string[]} settings
 * @returns {Promise<string[]>}
 */
async function programPackages(server, settings) {
  const text = await run('apt-cache', [...settings, 'depends', '--important', PACKAGES[server]]);
  const depends = [...text.matchAll(/^\s*\|?Depends: (\S+)$/gm)].map((match) => match[1] ?? '');
  const wanted = { postgres: /^postgresql-\d+$/, redis: /^redis-tools$/, nats: /^$/ }[server];
  const own = depends.filter((name) => wanted.test(name));
  // pg_dump and pg_restore, by which tests try a backup, are the client's.
  if (server === 'postgres') return own.flatMap((name) => [name, name.replace('postgresql-', 'postgresql-client-')]);
  return [PACKAGES[server], ...own];
}

/**
 * The libraries that installing the packages would bring along, so the machine lacks them. LLVM is left out: it serves
 * only just-in-time compilation, which we switch off, and is as large as all the rest.
 * @param {string} simulated what `apt-get install --simulate` printed
 * @returns {string[]}
 */
export function missingLibraries(simulated) {
  const names = [...simulated.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
  return names.filter((name) => name.startsWith('lib') && !/^lib(llvm|perl|c6$|c-bin|python|js-|.*-perl$)/.test(name));
}

/** @typedef {(settings: readonly string[]) => Promise<string[]>} Choose names packages, asking apt with these settings */

/**
 * Without root: downloads and unpacks into .dev/servers.
 * @param {readonly ServerName[]} servers
 * @returns {Promise<void>}
 */
export function unpackPackages(servers) {
  return unpack(async (settings) => (await Promise.all(servers.map((server) => programPackages(server, settings)))).flat());
}

/**
 * Downloads and unpacks a program's package into .dev/servers, as root too: nothing is installed, and nothing starts. Where
 * the name stands for another package of the same family (Ubuntu's nginx for nginx-core), that comes along.
 * @param {string} name such as "nginx"
 * @returns {Promise<void>} rejects when apt does not have it
 */
export function unpackPackage(name) {
  return unpack(async (settings) => {
    const simulated = await run('apt-get', [...settings, 'install', '--simulate', '--no-install-recommends', name]);
    const names = [...simulated.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
    return [...new Set([name, ...names.filter((other) => other.startsWith(`${name}-`))])];
  });
}

/**
 * Package lists of our own are used when the machine's cannot be read or brought up to date by us.
 * @param {Choose} choose
 */
async function unpack(choose) {
  const folder = mkdtempSync(join(tmpdir(), 'inventory-apt-'));
  try {
    await unpackInto(folder, choose, []).catch(() => unpackInto(folder, choose, ownLists(folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @returns {string[]} settings for an apt that writes nowhere but there
 */
function ownLists(folder) {
  for (const sub of ['lists/partial', 'cache/archives/partial']) makeFolder(join(folder, sub));
  return ['-o', `Dir::State::lists=${folder}/lists`, '-o', `Dir::Cache=${folder}/cache`, '-o', 'Debug::NoLocking=1'];
}

/**
 * @param {string} folder
 * @param {Choose} choose
 * @param {readonly string[]} settings
 */
async function unpackInto(folder, choose, settings) {
  if (settings.length > 0) await run('apt-get', [...BOUNDS, ...settings, 'update']);
  const programs = await choose(settings);
  const simulate = ['install', '--simulate', '--no-install-recommends', ...programs];
  const libraries = missingLibraries(await run('apt-get', [...settings, ...simulate]));
  await run('apt-get', [...BOUNDS, ...settings, 'download', ...programs, ...libraries], folder);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg', ['-x', join(folder, file), makeFolder(paths.servers)]);
  }
}
