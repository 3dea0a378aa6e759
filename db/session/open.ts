/** Opens one connection, for those that need one of their own: lanes, listeners, the leader's lock, commands. */
import pg from 'pg';
import { clientConfig, endConnection } from './connection.ts';
import type { SessionOptions } from './session.ts';
import { openSession } from './session.ts';

/**
 * A connection that is ready for statements. An error that ends it later is an 'end' event; whatever runs on it then
 * reports the loss to its caller.
 * @throws {SessionRefused}, or what Postgres and the way to it throw; nothing is left open then
 */
export async function openClient(
  options: SessionOptions, { pipeline = false, signal, ...times }: {
    readonly pipeline?: boolean;
    /** How long an answer, and the connecting, may take, in ms; 0 for ever. */
    readonly queryTimeoutMs?: number;
    readonly connectTimeoutMs?: number;
    /** Gives the attempt up. A connection that is open by then stays. */
    readonly signal?: AbortSignal;
  } = {},
): Promise<pg.Client> {
  const { query_timeout: answer, connectionTimeoutMillis: connecting, ...config } = clientConfig(options);
  const client = new pg.Client({
    ...config, pipeline, query_timeout: times.queryTimeoutMs ?? answer, connectionTimeoutMillis: times.connectTimeoutMs ?? connecting,
  });
  client.on('error', () => undefined);
  // pg never answers a connect that `end` has cut short.
  const giveUp = (): void => { client.connection.stream.destroy(new Error('Connection terminated: given up')); };
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect();
    await openSession(client, options);
    signal?.throwIfAborted();
    return client;
  } catch (error) {
    void endConnection(client);
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}
