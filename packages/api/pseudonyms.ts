/**
 * Pseudonyms: keyed hashes of what a client has chosen and what may name a person, wherever something has to be found again
 * by it, but never to be read: principals and keys of stored answers, ids of requests, limits, refused tokens, log lines.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Database } from '@inventory/db/pool.ts';
import { processEnv } from '@inventory/runtime/config/config.ts';
import type { Pseudonym } from './commit/names.ts';

/** 192 bits: nobody finds two texts with one pseudonym. */
const LENGTH = 32;

/** Makes the pseudonyms of a key. The tilde tells one from what callers send: few ids begin with it. */
export function createPseudonym(key: string): Pseudonym {
  return (text) => `~${createHmac('sha256', key).update(text).digest('base64url').slice(0, LENGTH)}`;
}

/**
 * The key where PSEUDONYM_KEY is not set: the same for all processes of one log. Whoever reads the database has it, so it only
 * hides ids from those who read logs, Redis, or a table by itself.
 */
export async function keyOfLog(db: Database): Promise<string> {
  return (await db.selectFrom('log_epoch').select('log_id').executeTakeFirstOrThrow()).log_id;
}

/** PSEUDONYM_KEY for commands that are no process, or the content of PSEUDONYM_KEY_FILE; undefined where neither is set. */
export function readPseudonymKey(): string | undefined {
  const { PSEUDONYM_KEY: key, PSEUDONYM_KEY_FILE: file } = processEnv();
  if (key !== undefined && key !== '') return key;
  return file === undefined || file === '' ? undefined : readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}
