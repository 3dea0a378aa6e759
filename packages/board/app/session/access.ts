/** The client of whoever is signed in. A 401 ends the session, wherever it happens. */
import { createClient, isInventoryProblem } from '@inventory/client/client.ts';
import type { Client } from '@inventory/client/client.ts';
import { observeDate } from '../live/clock.ts';
import { currentToken } from './renewal.ts';
import { session, signOut } from './session.ts';

/** Creates the client of whoever is signed in, with the token of the time. Each answer also tells the server's time. */
export function createAccess(): Client {
  return createClient({
    baseUrl: '', token: currentToken, retries: 1,
    fetch: async (...request) => {
      const sent = performance.now();
      const token = session.get()?.token;
      const response = await fetch(...request);
      observeDate(response.headers.get('date'), sent, performance.now());
      // The answer to a token that was renewed meanwhile says nothing of the new one.
      if (response.status === 401 && token !== undefined && session.get()?.token === token) signOut('refused');
      return response;
    },
  });
}

/** The code of a problem: the API's own, or the client's; undefined for an error of the page itself. */
export function codeOf(error: unknown): string | undefined {
  return isInventoryProblem(error) ? error.code : undefined;
}
