/** Clients of scripted servers, for tests that are about one client's behaviour. */
import { createClient, isInventoryProblem } from '../client.ts';
import type { Attempt, Client, ClientOptions, InventoryProblem } from '../client.ts';
import { startScript } from './scripted-server.ts';
import type { Asked, Reply, ScriptedServer } from './scripted-server.ts';

interface Scripted {
  readonly client: Client;
  /** What the server was asked. */
  readonly asked: readonly Asked[];
  /** What the client told of. */
  readonly attempts: readonly Attempt[];
}

/** Makes a client of a server that answers so; after each test of the suite its servers are closed. */
export function scriptedClients(): (reply: (asked: Asked, nth: number) => Reply | Promise<Reply>, options?: Partial<ClientOptions>) => Promise<Scripted> {
  const servers: ScriptedServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (reply, options = {}) => {
    const server = await startScript(reply);
    servers.push(server);
    const attempts: Attempt[] = [];
    const client = createClient({ baseUrl: server.baseUrl, onAttempt: (attempt) => attempts.push(attempt), ...options });
    return { client, asked: server.asked, attempts };
  };
}

/** The problem that a call ends with. @throws {Error} where it ends otherwise */
export async function failure(call: Promise<unknown>): Promise<InventoryProblem> {
  const error: unknown = await call.then(() => 'no failure', (thrown: unknown) => thrown);
  if (!isInventoryProblem(error)) throw new Error(`no problem: ${String(error)}`, { cause: error });
  return error;
}
