// @ts-check
/* .dev/env: the addresses and tokens of the running system, for shells and for our own commands. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { paths } from './paths.mjs';

/**
 * A value as the shell reads it back unchanged.
 * @param {string} value
 * @returns {string}
 */
export function quote(value) {
  return /^[A-Za-z0-9_./:@%+,=-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/**
 * @param {string} word one shell word as quote() writes it
 * @returns {string}
 */
function unquote(word) {
  return word.startsWith("'") ? word.replaceAll(`'\\''`, '\0').slice(1, -1).replaceAll('\0', "'") : word;
}

/**
 * @param {Readonly<Record<string, string>>} values
 * @returns {string} lines that a shell can source
 */
export function formatEnv(values) {
  return Object.entries(values).map(([name, value]) => `${name}=${quote(value)}\n`).join('');
}

/**
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function parseEnv(text) {
  const lines = text.split('\n').map((line) => /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(line));
  return Object.fromEntries(lines.flatMap((match) => (match === null ? [] : [[match[1], unquote(match[2] ?? '')]])));
}

/** Tokens and a password: for the owner's eyes. */
export function writeEnv(/** @type {Readonly<Record<string, string>>} */ values) {
  const head = '# Written by `npm start`. Use it with: set -a; . .dev/env; set +a\n';
  writeFileSync(`${paths.env}.new`, head + formatEnv(values), { mode: 0o600 });
  renameSync(`${paths.env}.new`, paths.env);
}

/**
 * @returns {Record<string, string>} empty when `npm start` has never run here
 */
export function readEnv() {
  try {
    return parseEnv(readFileSync(paths.env, 'utf8'));
  } catch {
    return {};
  }
}
