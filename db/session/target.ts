/**
 * DATABASE_URL as it is used: one host, and only those of its parameters that say how to reach it. Everything else that a
 * URL may carry (time-outs, a name, a search path) is set by session.ts, so no URL can bend it.
 */

/** How to reach the server. `options` pass, because some services route by them; what they set is set again afterwards. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'host', 'port', 'user', 'password', 'ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation', 'uselibpqcompat',
  'options',
]);
/** By these names other programs choose a schema. */
const SCHEMA_PARAMETERS = ['schema', 'currentSchema', 'search_path'] as const;
/** Blanks, line breaks, and what nobody sees at all: byte order marks, zero-width spaces. */
const INVISIBLE_EDGE = /^[\p{C}\p{Z}]|[\p{C}\p{Z}]$/u;

/** What is wrong with a URL of PostgreSQL, as the end of a sentence that begins with the variable's name; undefined: nothing. */
export function problemOfDatabaseUrl(text: string): string | undefined {
  if (INVISIBLE_EDGE.test(text)) return 'begins or ends with a blank or another invisible character';
  if (!/^postgres(ql)?:\/\//.test(text)) return 'must be a URL that starts with postgres:// or postgresql://';
  const authority = text.replace(/^\w+:\/\//, '').split(/[/?#]/, 1)[0] ?? '';
  const url = URL.parse(text);
  const hosts = [authority.slice(authority.lastIndexOf('@') + 1), url?.searchParams.get('host'), url?.searchParams.get('port')];
  if (hosts.some((host) => host?.includes(',') === true)) {
    return 'names several hosts: name one address that always leads to the primary, such as a proxy or the service of the failover tool';
  }
  if (url === null || url.hostname === '') {
    return 'must name a host; for a socket name its folder: postgres://user:password@localhost/database?host=/var/run/postgresql';
  }
  const schema = SCHEMA_PARAMETERS.find((name) => url.searchParams.has(name));
  if (schema !== undefined) return `names a schema (${schema}); the tables are in the schema public: give them a database of their own`;
  return undefined;
}

/** The URL with the parameters that lead to the server, and no others. @throws {Error} saying what is wrong with it */
export function connectionStringOf(text: string): string {
  const problem = problemOfDatabaseUrl(text);
  if (problem !== undefined) throw new Error(`the URL of PostgreSQL ${problem}`);
  const url = new URL(text);
  for (const name of [...url.searchParams.keys()]) if (!PARAMETERS.has(name)) url.searchParams.delete(name);
  return url.href;
}
