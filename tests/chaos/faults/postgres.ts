/** Faults of Postgres on one server, and of what happens to it from outside. */
import pg from 'pg';
import { stopImmediately } from '@inventory/testkit/servers/standby.ts';
import { readBacklog } from '../checks/marks.ts';
import { NAMES } from '../world/fleet.ts';
import { FOREIGN_LIMIT_MS } from '../world/postgres-pair.ts';
import type { Fault, Prepare, Scene, Struck } from './fault.ts';

/** Publishing must go on so soon after the session's transaction has begun: the database ends the session at its limit. */
const FOREIGN_PATIENCE_MS = FOREIGN_LIMIT_MS + 4_000;

const waysOf = ({ world }: Scene): Fault['ways'] => NAMES.flatMap((name) => world.link(name, 'postgres'));

/** A fault of the primary. `strike` does the harm and returns what heals it. */
function onPrimary(strike: (scene: Scene) => Promise<Struck>): Prepare {
  return (scene) => Promise.resolve({ ways: waysOf(scene), strike: () => strike(scene) });
}

export const killPostgres = onPrimary(async ({ world: { postgres } }) => {
  await postgres.primary().kill();
  return { heal: () => postgres.primary().restart() };
});

export const stopPostgres = onPrimary(async ({ world: { postgres } }) => {
  await stopImmediately(postgres.primary());
  return { heal: () => postgres.primary().restart() };
});

export const restartPostgres = onPrimary(async ({ world: { postgres } }) => {
  await postgres.primary().restart();
  return { heal: () => Promise.resolve() };
});

export const freezePostgres = onPrimary(async ({ world: { postgres } }) => {
  await postgres.primary().freeze();
  return { heal: () => postgres.primary().resume() };
});

export const readOnly = onPrimary(async ({ world: { postgres } }) => {
  const set = async (statement: string): Promise<void> => {
    await postgres.sql.query(statement);
    await postgres.sql.query('SELECT pg_reload_conf()');
  };
  await set('ALTER SYSTEM SET default_transaction_read_only = on');
  return { heal: () => set('ALTER SYSTEM RESET default_transaction_read_only') };
});

/** A person at psql, or a tool that never sends its COMMIT. */
export const foreignSession = onPrimary(async ({ world: { postgres } }) => {
  const session = new pg.Client({ connectionString: postgres.urlAt(postgres.primary().port), application_name: 'psql' });
  session.on('error', () => undefined);
  await session.connect();
  await session.query('BEGIN');
  await session.query(`
    INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
    VALUES (gen_random_uuid(), 'stock.updated', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid(), 1)`);
  return {
    async meanwhile() {
      const { events, oldestMs } = await readBacklog(postgres.sql.query);
      if (oldestMs <= FOREIGN_PATIENCE_MS) return [];
      return [`${events} events wait for a transaction that is not ours, the oldest for ${Math.round(oldestMs / 1000)} s`];
    },
    async heal() {
      // The server may have ended the session, as it should.
      await session.query('ROLLBACK').catch(() => undefined);
      await session.end().catch(() => undefined);
    },
  };
});
