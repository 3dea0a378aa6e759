/** What programs of the database that are no process read from the environment, and how they say why they failed. */
import { readFileSync } from 'node:fs';
import type { Identity } from './session/connection.ts';
import { problemOfDatabaseUrl } from './session/target.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What programs need that write to the log or lean on it: where the database is, and whether its sessions ask which server it
 * is (POSTGRES_IDENTITY, as the processes read it). Otherwise a line that says what is wrong.
 */
export function readDatabase(
  env: Env = process.env,
): { readonly url: string; readonly identity: Identity } | { readonly problem: string } {
  const database = readDatabaseUrl(env);
  if ('problem' in database) return database;
  const { POSTGRES_IDENTITY: identity = '' } = env;
  if (identity !== '' && identity !== 'on' && identity !== 'off') return { problem: 'POSTGRES_IDENTITY must be one of on, off' };
  return { ...database, identity: identity === 'off' ? 'off' : 'on' };
}

/**
 * DATABASE_URL, or the content of the file that DATABASE_URL_FILE names, as the processes read it too; otherwise a line that
 * names the variable and never its value.
 */
export function readDatabaseUrl(
  env: Env = process.env,
): { readonly url: string } | { readonly problem: string } {
  const { DATABASE_URL: url = '', DATABASE_URL_FILE: file = '' } = env;
  if (file === '') return url === '' ? { problem: 'DATABASE_URL is not set' } : checked(url, 'DATABASE_URL');
  if (url !== '') return { problem: 'DATABASE_URL and DATABASE_URL_FILE are both set, which one is meant?' };
  try {
    const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return content === '' ? { problem: 'DATABASE_URL_FILE names an empty file' } : checked(content, 'DATABASE_URL_FILE');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { problem: `DATABASE_URL_FILE names a file that cannot be read (${code})` };
  }
}

function checked(url: string, name: string): { readonly url: string } | { readonly problem: string } {
  const problem = problemOfDatabaseUrl(url);
  return problem === undefined ? { url } : { problem: `${name} ${problem}` };
}

/** What a program says about an error that ends it. */
export function reasonOf(error: unknown): string {
  // When all addresses of a name refuse, the error has a code and no message.
  if (error instanceof Error && error.message === '' && 'code' in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}
