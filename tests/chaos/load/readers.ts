/** Readers of availability. Each read goes to an api that is drawn by the seed. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from '../plan/random.ts';
import type { Ask } from './ask.ts';
import type { ApiName, History, Read } from './history.ts';

interface ReaderDeps {
  readonly ask: Ask;
  readonly history: History;
  readonly random: Random;
  readonly products: readonly string[];
  readonly signal: AbortSignal;
  readonly pauseMs: number;
}

/** The share of reads with `min_version` of a recent write. */
const OWN_WRITE_SHARE = 0.15;
/** The number of recent operations from which that write is chosen. */
const RECENT = 50;
/** The share of reads that ask for several products, and how many products they ask for. */
const LIST_SHARE = 0.1;
const LISTED = 3;

const availability = z.object({
  product_id: z.string(),
  as_of: z.iso.datetime().transform((text) => Date.parse(text)), source: z.string(),
  stores: z.array(z.object({ store_id: z.string(), available: z.int(), reserved: z.int(), version: z.int() })),
});
const list = z.object({ items: z.array(availability), not_found: z.array(z.string()) });
const written = z.object({ product_id: z.string(), store_id: z.string(), version: z.int() });

/** Reads until the signal aborts. */
export async function runReader(deps: ReaderDeps): Promise<void> {
  const { random, signal, pauseMs } = deps;
  while (!signal.aborted) {
    const api = random.pick(['api-1', 'api-2'] as const);
    if (random.chance(LIST_SHARE)) await readList(deps, api, random.shuffle(deps.products).slice(0, LISTED));
    else {
      const own = random.chance(OWN_WRITE_SHARE) ? recentWrite(deps) : undefined;
      await readOnce(deps, api, own?.productId ?? random.pick(deps.products), own);
    }
    await delay(random.int(0, 2 * pauseMs));
  }
}

/** One read, noted in the history. */
export async function readOnce(
  { ask, history }: Pick<ReaderDeps, 'ask' | 'history'>, api: ApiName, productId: string, least?: Read['least'],
): Promise<Read> {
  const invokedMs = Date.now();
  const query = least === undefined ? '' : `?min_version=${least.storeId}:${least.version}`;
  const { status, body } = await ask(api, 'GET', `/products/${productId}/availability${query}`);
  const returnedMs = Date.now();
  const shown = status === 200 ? shownBy(availability.parse(body)) : undefined;
  const read = { api, productId, invokedMs, returnedMs, status, shown, least: least === undefined ? undefined : { ...least } };
  history.read(read);
  return read;
}

function shownBy({ as_of: asOfMs, source, stores }: z.output<typeof availability>): NonNullable<Read['shown']> {
  return { asOfMs, source, stores };
}

/** Reads several products in one request. Each product becomes a read of the history; a missing one has status 404. */
async function readList({ ask, history }: ReaderDeps, api: ApiName, productIds: readonly string[]): Promise<void> {
  const invokedMs = Date.now();
  const { status, body } = await ask(api, 'GET', `/availability?product_ids=${productIds.join(',')}`);
  const returnedMs = Date.now();
  const answers = new Map(status === 200 ? list.parse(body).items.map((item) => [item.product_id, shownBy(item)]) : []);
  for (const productId of productIds) {
    const shown = answers.get(productId);
    const missing = status === 200 && shown === undefined;
    history.read({ api, productId, invokedMs, returnedMs, shown, least: undefined, status: missing ? 404 : status });
  }
}

/** A recent stock change that was acknowledged. */
function recentWrite(
  { history, random }: ReaderDeps,
): { readonly productId: string; readonly storeId: string; readonly version: number } | undefined {
  const recent = history.operations.slice(-RECENT).filter(({ kind, answer }) => kind === 'adjust' && answer?.outcome === 'ok');
  if (recent.length === 0) return undefined;
  const { product_id, store_id, version } = written.parse(JSON.parse(random.pick(recent).answer?.text ?? '{}'));
  return { productId: product_id, storeId: store_id, version };
}
