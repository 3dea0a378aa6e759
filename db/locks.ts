/**
 * The advisory locks of the system. Their keys, single bigints, have a namespace in the top 16 bits: 7 for the
 * announcements of writers (events_announce), 8 for the roles below, 9 for customers.
 */
import { createHash } from 'node:crypto';

const ROLES = 8n << 48n;

/** Held while a relay leads. */
export const RELAY_LEADER_LOCK = (ROLES | 1n).toString();
/** Held by the projector that seals, or rebuilds, now. */
export const SEAL_LOCK = (ROLES | 2n).toString();
/** Held while the migrated template database of the tests is made. */
export const TEST_TEMPLATE_LOCK = (ROLES | 3n).toString();
/** Held while somebody migrates: one at a time. */
export const MIGRATE_LOCK = (ROLES | 4n).toString();

/** Held while somebody allows another version of events; shared by whoever reads at its start which are allowed. */
export const FORMATS_LOCK = (ROLES | 5n).toString();

/** Held by the session that converts events which name customers: one at a time. */
export const CONVERT_LOCK = (ROLES | 6n).toString();

const CUSTOMERS = 9n << 48n;

/**
 * Held by a transaction that counts what a customer holds, until it ends. Two customers may share a lock (1 in 2^48), which
 * costs a wait and nothing else.
 */
export function customerLock(customerId: string): bigint {
  return CUSTOMERS | (createHash('sha256').update(customerId).digest().readBigUInt64BE() >> 16n);
}

/** The same for what a vendor holds for others. A customer may have his id. */
export function vendorLock(vendorId: string): bigint {
  return customerLock(`vendor ${vendorId}`);
}

/** Who holds a lock: the condition on `pg_locks l` under which a session of this database holds the lock with the key $1. */
export const HOLDS_LOCK = `l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint`;
