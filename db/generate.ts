/**
 * `node db/generate.ts`: writes db/schema.sql from a database that is migrated for the purpose and then dropped.
 * DATABASE_URL names a server on which databases may be created. Exit code: 0 done, 1 failed.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createDatabase } from './pool.ts';
import { describeSchema } from './schema.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from './testing/database.ts';

export const schemaFile = fileURLToPath(new URL('./schema.sql', import.meta.url));

const HEADER = `-- Generated from db/migrations by \`npm run generate\`: for reading and review, and compared by a test.
-- Databases are made by \`npm run migrate\`.

`;

/** What db/schema.sql should say: the schema of a fresh, migrated database on the server of `adminUrl`. */
export async function schemaText(adminUrl: string): Promise<string> {
  const database = await createTestDatabase(adminUrl);
  const pool = createTestPool(database.url);
  try {
    return HEADER + await describeSchema(createDatabase(pool));
  } finally {
    await pool.end();
    await database.drop();
  }
}

const HELP = `Usage: node db/generate.ts

Writes db/schema.sql from a database that it makes on the server of DATABASE_URL, and drops again.
`;

if (import.meta.main) {
  const [word] = process.argv.slice(2);
  if (word === '--help' || word === '-h') process.stdout.write(HELP);
  else if (word !== undefined) {
    process.stderr.write(`unknown: ${word}\n\n${HELP}`);
    process.exitCode = 2;
  } else await generate();
}

async function generate(): Promise<void> {
  try {
    writeFileSync(schemaFile, await schemaText(adminUrlFromEnvironment()));
    process.stdout.write('wrote db/schema.sql\n');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`db/schema.sql could not be generated: ${reason}\n`);
    process.exitCode = 1;
  }
}
