import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import type { TestDatabase } from '@inventory/db/testing/database.ts';
import { adminUrlFromEnvironment, asLogin, createTestDatabase } from '@inventory/db/testing/database.ts';
import { processEnv } from '@inventory/runtime/config/config.ts';

describe('a command of the api, on a PostgreSQL that does not say which server it is', function () {
  this.timeout(120_000);
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC').finally(() => admin.end());
  });
  after(() => database.drop());

  const run = (script: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, script), ...args], {
      encoding: 'utf8', env: { ...processEnv(), DATABASE_URL: asLogin(database.url, 'api'), ...env },
    });
    return { status, said: stdout + stderr };
  };

  for (const [script, args, done] of [
    ['seed.ts', [], /^Seeded 3 stores, 20 products, 60 stock rows\.$/m],
    ['token.ts', ['revoke', '--jti', 'lost'], /^Revoked jti lost/m],
    ['token.ts', ['restore', '--jti', 'lost'], /^jti lost is no longer revoked/m],
  ] as const) {
    it(`does its work with POSTGRES_IDENTITY=off, and names that variable otherwise: ${[script, ...args].join(' ')}`, () => {
      const refused = run(script, args, {});
      expect(refused.said).to.match(/does not say which server it is .*set POSTGRES_IDENTITY=off/);
      expect(refused.status).to.equal(1);
      const worked = run(script, args, { POSTGRES_IDENTITY: 'off' });
      expect(worked.said).to.match(done);
      expect(worked.status).to.equal(0);
      expect(run(script, args, { POSTGRES_IDENTITY: 'perhaps' })).to.deep.include({ status: 2 });
    });
  }
});
