/**
 * A primary and its streaming standby. Clients reach "the primary" through proxies that can be switched, as they reach an
 * address that a failover tool moves:
 *
 *      client ──proxy──► primary ──replication proxy──► standby
 */
import { createTestDatabase } from '@inventory/db/testing/database.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startStandby } from '@inventory/testkit/servers/standby.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { createSql } from './sql.ts';
import type { Sql } from './sql.ts';

export interface PostgresPair {
  primary(): Service;
  standby(): Service;
  /** The proxy between primary and standby. */
  readonly replication: Proxy;
  /** SQL on the current primary, past all proxies. */
  readonly sql: Sql;
  /** SQL on the current standby, past all proxies. */
  readonly standbySql: Sql;
  /** A new proxy to the address of the primary, for one client. */
  way(): Promise<Proxy>;
  /** The URL of the database at this port. */
  urlAt(port: number): string;
  /** Moves the address: open connections are reset, new ones lead to the given server. */
  switchTo(server: 'primary' | 'standby'): void;
  /** Closes the address: open and new connections are reset. */
  closeAddress(): void;
  /** Kills the primary, promotes the standby and moves the address there. What the standby did not receive is lost. */
  promote(): Promise<void>;
  /** Makes a new standby after a promotion; does nothing when there was none. */
  renewStandby(): Promise<void>;
  stop(): Promise<void>;
}

const SETTINGS = ['max_connections=300'];
const PROMOTE_MS = 30_000;
/**
 * How long a session that is not ours may leave its transaction open in this database. Migrations set a minute, which would
 * make a round of such a session last longer than that.
 */
export const FOREIGN_LIMIT_MS = 8_000;

/** Starts both, with a migrated, empty database. Their folders are made in `parent`. */
export async function startPostgresPair({ parent }: { readonly parent: string }): Promise<PostgresPair> {
  let primary = await startPostgres({ settings: SETTINGS, parent });
  const database = await createTestDatabase(primary.url);
  const urlAt = (port: number): string => {
    const url = new URL(database.url);
    url.port = String(port);
    return url.href;
  };
  const sql = createSql(() => urlAt(primary.port));
  await sql.query(`ALTER DATABASE ${database.name} SET idle_in_transaction_session_timeout = '${FOREIGN_LIMIT_MS}ms'`);
  const replication = await startProxy({ targetPort: primary.port });
  let standby = await startStandby(primary, { port: replication.port, settings: SETTINGS, parent });
  let retired: Service | undefined;
  const ways: Proxy[] = [];
  const standbySql = createSql(() => urlAt(standby.port));
  const moveTo = (port: number): void => {
    for (const way of ways) {
      way.retarget(port);
      way.heal();
      way.cut();
    }
  };

  return {
    primary: () => primary,
    standby: () => standby,
    replication, sql, standbySql, urlAt,
    async way() {
      const way = await startProxy({ targetPort: primary.port });
      ways.push(way);
      return way;
    },
    switchTo(server) { moveTo((server === 'primary' ? primary : standby).port); },
    closeAddress() { for (const way of ways) way.refuse(); },
    async promote() {
      replication.refuse();
      await primary.kill();
      await standbySql.query('SELECT pg_promote(true, $1)', [PROMOTE_MS / 1000]);
      await eventually(async () => {
        const [row] = await standbySql.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
        if (row?.standby !== false) throw new Error('it is still a standby');
      }, { timeoutMs: PROMOTE_MS, what: 'the standby to be promoted' });
      [retired, primary] = [primary, standby];
      moveTo(primary.port);
    },
    async renewStandby() {
      if (retired === undefined) return;
      await retired.stop();
      retired = undefined;
      replication.retarget(primary.port);
      replication.heal();
      standby = await startStandby(primary, { port: replication.port, settings: SETTINGS, parent });
    },
    async stop() {
      await Promise.allSettled([...ways, replication].map((proxy) => proxy.close()));
      const servers = new Set([primary, standby, ...(retired === undefined ? [] : [retired])]);
      await Promise.allSettled([...servers].map((server) => server.stop()));
    },
  };
}
