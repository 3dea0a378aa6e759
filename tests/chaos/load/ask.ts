/** Requests to an api over HTTP. They never throw: a missing answer has status 0. */
import { createClient } from '@inventory/testkit/http/client.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';
import type { Fleet } from '../world/fleet.ts';
import type { ApiName } from './history.ts';

export interface Reply {
  /** 0: no answer. */
  readonly status: number;
  readonly text: string;
  /** The fields of a JSON object; empty for anything else. */
  readonly body: Readonly<Record<string, unknown>>;
}

export type Ask = (api: ApiName, method: string, path: string, options?: {
  readonly body?: unknown; readonly key?: string | undefined;
}) => Promise<Reply>;

/** Longer than an api may take for any answer. An api that takes longer is frozen or cut off. */
const PATIENCE_MS = 6_000;

/** Asks as an admin, who may do all that the load does. Paths begin behind /api/v1. */
export async function createAsk({ fleet, keys }: { readonly fleet: Fleet; readonly keys: TestKeys }): Promise<Ask> {
  const token = await keys.token({ role: 'admin', userId: 'chaos-admin' });
  return async (api, method, path, { body, key } = {}) => {
    // A process that was restarted has another entry in the fleet, so the port is looked up for each request.
    const client = createClient(`http://127.0.0.1:${fleet.of(api).port}/api/v1`, token);
    try {
      return await client.request(method, path, body, {
        timeoutMs: PATIENCE_MS, headers: key === undefined ? {} : { 'idempotency-key': key },
      });
    } catch (error) {
      return { status: 0, text: error instanceof Error ? String(error.cause ?? error.message) : String(error), body: {} };
    }
  };
}
