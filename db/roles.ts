/**
 * The logins of a deployment: each is made with its password and put into its group. What a group may do stands in the
 * database itself (`role_privileges`).
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { MIGRATE_LOCK } from './locks.ts';

/** The groups that the migration of roles makes, by what logs in with each. */
const GROUPS = {
  owner: 'inventory_owner', api: 'inventory_api', relay: 'inventory_relay', projector: 'inventory_projector', reader: 'inventory_reader',
} as const;

/** What has a login: the three processes, the owner, who migrates, and the reader, for people and reports. */
export type Login = keyof typeof GROUPS;

export const LOGINS: readonly Login[] = ['owner', 'api', 'relay', 'projector', 'reader'];

export interface Credentials { readonly login: Login; readonly user: string; readonly password: string }

/**
 * Makes the groups, the logins, and `inventory_owner` the owner of the database, so that its login may migrate. Needs a
 * connection that may make roles: a superuser's, or one of a role with CREATEROLE that owns the database.
 * @returns what was done, a line each
 */
export async function makeLogins(client: pg.Client, all: readonly Credentials[]): Promise<readonly string[]> {
  const said: string[] = [];
  await client.query('SELECT pg_advisory_lock($1)', [MIGRATE_LOCK]);
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    for (const group of Object.values(GROUPS)) {
      if (!await exists(client, group)) await client.query(`CREATE ROLE ${group}`);
    }
    for (const { login, user, password } of all) {
      const known = await exists(client, user);
      // A verifier in place of the password: statements may be logged.
      const verifier = pg.escapeLiteral(scramVerifier(password));
      await client.query(`${known ? 'ALTER' : 'CREATE'} ROLE ${pg.escapeIdentifier(user)} LOGIN PASSWORD ${verifier}`);
      await client.query(`GRANT ${GROUPS[login]} TO ${pg.escapeIdentifier(user)}`);
      said.push(`${user}, in ${GROUPS[login]}: ${known ? 'password set' : 'made'}`);
    }
    said.push(...await giveDatabase(client));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATE_LOCK]);
  }
  return said;
}

async function exists(client: pg.Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  return rowCount === 1;
}

/** What the groups need of the database itself. On a server that was made before version 15 everybody may make tables in it. */
async function giveDatabase(client: pg.Client): Promise<readonly string[]> {
  const { rows: [row] } = await client.query<{ name: string; owned: boolean; applied: boolean; member: boolean }>(`
    SELECT current_database() AS name, pg_has_role('${GROUPS.owner}', 'USAGE') AS member,
      pg_get_userbyid(datdba) = '${GROUPS.owner}' AS owned, to_regprocedure('apply_roles()') IS NOT NULL AS applied
    FROM pg_database WHERE datname = current_database()`);
  if (row === undefined) throw new Error('the database has no name');
  const name = pg.escapeIdentifier(row.name);
  if (!row.member) await client.query(`GRANT ${GROUPS.owner} TO ${pg.escapeIdentifier(client.user ?? '')}`);
  await client.query(`
    GRANT CONNECT ON DATABASE ${name} TO ${Object.values(GROUPS).join(', ')};
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO ${Object.values(GROUPS).join(', ')};
    GRANT CREATE ON SCHEMA public TO ${GROUPS.owner}`);
  if (!row.owned) await client.query(`ALTER DATABASE ${name} OWNER TO ${GROUPS.owner}`);
  await handOver(client);
  if (row.applied) await client.query('SELECT apply_roles()');
  return row.owned ? [] : [`${row.name}: owned by ${GROUPS.owner}`];
}

/**
 * Makes inventory_owner the owner of what an older release has migrated with another login: of everything in the schema that
 * belongs to whom `pgmigrations` belongs to. A sequence goes with its column, and what an extension has brought stays.
 */
async function handOver(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(`
    WITH ours AS (
      SELECT 'pg_class'::regclass AS catalogue, oid, relowner AS owner, oid::regclass::text AS id,
        CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')
      UNION ALL
      SELECT 'pg_proc'::regclass, oid, proowner, oid::regprocedure::text, 'FUNCTION'
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    )
    SELECT format('ALTER %s %s OWNER TO ${GROUPS.owner}', kind, id) AS statement FROM ours
    WHERE owner = (SELECT relowner FROM pg_class WHERE oid = to_regclass('pgmigrations')) AND owner <> '${GROUPS.owner}'::regrole
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = catalogue AND objid = ours.oid
        AND (deptype = 'e' OR (deptype IN ('a', 'i') AND kind = 'SEQUENCE')))`);
  for (const { statement } of rows) await client.query(statement);
}

/** What Postgres keeps of a password (RFC 5803). */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const keyOf = (word: string): Buffer => createHmac('sha256', salted).update(word).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyOf('Server Key').toString('base64')}`;
}
