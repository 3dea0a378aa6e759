/** The client of whoever is signed in. A 401 ends the session, wherever it happens. */
import { createClient, isInventoryProblem } from '@inventory/client/client.ts';
import type { Client } from '@inventory/client/client.ts';
import { observeDate } from '../live/clock.ts';
import type { Session } from './session.ts';
import { signOut } from './session.ts';

/** Creates the client of a session. Each answer also tells the server's time. */
export function createAccess({ token }: Session): Client {
  return createClient({
    baseUrl: '', token: () => token, retries: 1,
    fetch: async (...request) => {
      const sent = performance.now();
      const response = await fetch(...request);
      observeDate(response.headers.get('date'), sent, performance.now());
      if (response.status === 401) signOut('refused');
      return response;
    },
  });
}

/** The code of a problem: the API's own, or the client's; undefined for an error of the page itself. */
export function codeOf(error: unknown): string | undefined {
  return isInventoryProblem(error) ? error.code : undefined;
}
