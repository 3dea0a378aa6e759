/** Lists that have several pages. */
import type { Listing } from './methods.ts';

/** Only the event log has `has_more`: its last page has a cursor, too. */
type AnyPage = Readonly<{ items: readonly unknown[]; next_cursor: string | null; has_more?: boolean }>;

function isPage(body: unknown): body is AnyPage {
  return typeof body === 'object' && body !== null && 'items' in body && Array.isArray(body.items) && 'next_cursor' in body;
}

/**
 * @param parameter the name of the parameter that carries the cursor
 * @param ask gets the input of a page and returns the page
 */
export function listing(parameter: string, input: object, ask: (input: object) => Promise<unknown>): Listing<AnyPage> {
  const page = async (more: object = {}): Promise<AnyPage> => {
    const body = await ask({ ...input, ...more });
    if (!isPage(body)) throw new TypeError('the answer is no page of a list');
    return body;
  };
  return {
    page: () => page(),
    [Symbol.asyncIterator]: async function* () {
      for (let found = await page(); ; found = await page({ [parameter]: found.next_cursor })) {
        yield* found.items;
        if (found.next_cursor === null || found.has_more === false) return;
      }
    },
  };
}
