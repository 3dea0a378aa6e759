// @ts-check
/* What a shell says to clients of PostgreSQL, and whom it does not concern. */

/**
 * An environment without what it says to clients of PostgreSQL (PGHOST, PGSSLMODE, PGOPTIONS, PGSERVICE …), unless it names
 * the server too: a shell that is set up for psql speaks of another server than the private ones. Variables of ours have a
 * _ there.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutSettingsOfPsql(env) {
  if (env['DATABASE_URL'] || env['DATABASE_URL_FILE']) return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^PG[A-Z]/.test(name)));
}
