/**
 * The schema as text, read from the system catalogues: equal for equal schemas on all servers from 15 to 18, and without
 * pg_dump, which must not be older than the server. It runs as SQL on an empty database and gives the same schema there.
 */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Database } from './pool.ts';

// The migration tool's own table is no part of the schema.
const OURS = sql`relnamespace = 'public'::regnamespace AND relname NOT LIKE 'pgmigrations%'`;

// The body of such a function is read when it is made, so its tables have to be there.
const WRITTEN_IN_SQL = sql`(prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql'))`;

/** Each yields `name`, to sort by, and `text`, a statement without its semicolon. */
const STATEMENTS: readonly RawBuilder<{ name: string; text: string }>[] = [
  sql`
    SELECT proname AS name, pg_get_functiondef(oid) AS text
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND ${WRITTEN_IN_SQL} IS FALSE`,
  sql`
    SELECT relname AS name, format('CREATE SEQUENCE %I AS %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s%s',
      relname, format_type(seqtypid, NULL), seqincrement, seqmin, seqmax, seqstart, seqcache,
      CASE WHEN seqcycle THEN ' CYCLE' ELSE '' END) AS text
    FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid WHERE ${OURS}`,
  // Servers from 18 on store NOT NULL also as a constraint ('n'); the column says it already.
  sql`
    SELECT relname AS name, format(E'CREATE TABLE %I (\n%s\n)%s', relname, concat_ws(E',\n', columns, constraints),
      ' WITH (' || (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(reloptions) o) || ')') AS text
    FROM pg_class, LATERAL (
      SELECT string_agg(format('  %I %s%s%s', attname, format_type(atttypid, atttypmod),
        ' DEFAULT ' || pg_get_expr(adbin, adrelid), CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END),
        E',\n' ORDER BY attnum) AS columns
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    ) c, LATERAL (
      SELECT string_agg(format('  CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), E',\n'
        ORDER BY array_position('{p,u,c}', contype::text), conname) AS constraints
      FROM pg_constraint WHERE conrelid = pg_class.oid AND contype NOT IN ('n', 'f', 't')
    ) k
    WHERE relkind = 'r' AND ${OURS}`,
  sql`
    SELECT relname || ' ' || conname AS name,
      format('ALTER TABLE %I ADD CONSTRAINT %I %s', relname, conname, pg_get_constraintdef(c.oid)) AS text
    FROM pg_constraint c JOIN pg_class ON pg_class.oid = conrelid WHERE contype = 'f' AND ${OURS}`,
  sql`
    SELECT relname || ' ' || attname AS name,
      format('ALTER SEQUENCE %I OWNED BY %I.%I', s.sequence, relname, attname) AS text
    FROM (SELECT relname AS sequence, oid FROM pg_class WHERE relkind = 'S') s
    JOIN pg_depend ON objid = s.oid AND deptype = 'a' AND classid = 'pg_class'::regclass
    JOIN pg_class ON pg_class.oid = refobjid JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
    WHERE ${OURS}`,
  sql`
    SELECT relname || ' ' || indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS text
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE ${OURS}
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))`,
  sql`
    SELECT relname || ' ' || tgname AS name, pg_get_triggerdef(t.oid) || CASE tgenabled WHEN 'O' THEN '' ELSE
      format(E';\nALTER TABLE %I %s TRIGGER %I', relname,
        CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, tgname)
      END AS text
    FROM pg_trigger t JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND ${OURS}`,
  sql`
    SELECT proname AS name, pg_get_functiondef(oid) AS text
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND ${WRITTEN_IN_SQL}`,
  sql`
    SELECT relname AS name, format(E'CREATE VIEW %I AS\n%s', relname, rtrim(pg_get_viewdef(oid), ';')) AS text
    FROM pg_class WHERE relkind = 'v' AND ${OURS}`,
  // What the groups may do: a row for the table, and one for each privilege on some of its columns.
  sql`
    WITH granted AS (
      SELECT relname, grantee, privilege_type, NULL::name AS column_name
      FROM pg_class CROSS JOIN aclexplode(relacl) WHERE relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT relname, grantee, privilege_type, attname
      FROM pg_attribute CROSS JOIN aclexplode(attacl) JOIN pg_class ON pg_class.oid = attrelid
      WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped
    ), gathered AS (
      SELECT relname, grantee, column_name IS NULL AS whole, privilege_type,
        ' (' || string_agg(quote_ident(column_name), ', ' ORDER BY column_name) || ')' AS columns
      FROM granted JOIN pg_roles ON pg_roles.oid = grantee AND rolname LIKE 'inventory\\_%' AND rolname <> 'inventory_owner'
      WHERE relname NOT LIKE 'pgmigrations%' GROUP BY relname, grantee, column_name IS NULL, privilege_type
    )
    SELECT format('%s %s %s', relname, grantee::regrole, whole) AS name, format('GRANT %s ON %I TO %s',
      string_agg(privilege_type || coalesce(columns, ''), ', ' ORDER BY privilege_type), relname, grantee::regrole) AS text
    FROM gathered GROUP BY relname, grantee, whole`,
];

/** Objects of kinds that the statements above do not print. */
const UNKNOWN = sql<{ name: string }>`
  SELECT relname AS name FROM pg_class WHERE relkind NOT IN ('r', 'v', 'i', 'S', 't') AND ${OURS}
  UNION ALL
  SELECT typname FROM pg_type WHERE typtype IN ('d', 'e', 'r') AND typnamespace = 'public'::regnamespace
  UNION ALL
  SELECT polname FROM pg_policy`;

/** The schema as SQL. @throws {Error} when it has an object of a kind that would be left out */
export async function describeSchema(db: Database): Promise<string> {
  const unknown = (await UNKNOWN.execute(db)).rows.map(({ name }) => name);
  if (unknown.length > 0) throw new Error(`db/schema.ts does not print objects like ${unknown.join(', ')}`);
  const sections: string[] = [];
  for (const statement of STATEMENTS) {
    const { rows } = await statement.execute(db);
    // Sorted here: a server's collation is its own.
    const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    sections.push(...sorted.map(({ text }) => `${text.replace(/[ \t]+$/gm, '').trim()};\n`));
  }
  return sections.join('\n');
}
