/** Clients of packages/client for the users of a system under test. */
import { createClient } from '@inventory/client/client.ts';
import type { Client, ClientOptions, InventoryProblem } from '@inventory/client/client.ts';
import { isInventoryProblem } from '@inventory/client/client.ts';
import type { System } from '../system.ts';

type Role = 'admin' | 'vendor' | 'customer';

/** Always the same: a key that was used is one of its user. */
const USERS = { admin: { userId: 'admin-1' }, vendor: { userId: 'vendor-789', storeIds: ['MAD-001'] }, customer: { userId: 'cust-456' } } as const;

/** A client for a user of a role, by the nth api unless `baseUrl` says otherwise. */
export async function clientOf(system: System, role: Role, options: Partial<ClientOptions> = {}): Promise<Client> {
  const token = await system.keys.token({ role, ...USERS[role] });
  return createClient({ baseUrl: `http://127.0.0.1:${system.apis[0]?.port ?? 0}`, token: () => token, ...options });
}

/** The problem that a call ends with. @throws {Error} where it ends otherwise */
export async function problemOf(call: Promise<unknown>): Promise<InventoryProblem> {
  const error: unknown = await call.then(() => 'no problem', (thrown: unknown) => thrown);
  if (!isInventoryProblem(error)) throw new Error(`no problem: ${String(error)}`, { cause: error });
  return error;
}
