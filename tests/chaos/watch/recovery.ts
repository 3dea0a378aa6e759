/**
 * All clear: after a healing the system comes back by itself, under load, within 30 s. It is back when every process is
 * ready, everything older than a moment is published and delivered, both apis take every kind of write and answer from
 * the view again, and `relay status` finds nothing wrong.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { readBacklog, readNewestPublished } from '../checks/marks.ts';
import { APIS, NAMES } from '../world/fleet.ts';
import type { Load } from '../load/load.ts';
import { readOnce } from '../load/readers.ts';
import type { ApiName } from '../load/history.ts';
import type { World } from '../world/world.ts';
import { getText } from './metrics.ts';
import { relayProblems } from './signs.ts';

/** The promise. */
export const ALL_CLEAR_MS = 30_000;

/** An event that is newer than this may still be on its way. */
const MOMENT_MS = 1_500;
const EVERY_MS = 200;
/** How long an api may take for the probes. */
const PROBE_MS = 5_000;

export interface Recovery {
  /** Time from the healing; undefined when all clear was not reached. */
  readonly ms: number | undefined;
  /** What was still wrong when the waiting ended. */
  readonly unclear: readonly string[];
}

/** Waits at most `within` ms: the promised time by default. */
export async function waitUntilClear(world: World, load: Load, within = ALL_CLEAR_MS): Promise<Recovery> {
  const healedAt = performance.now();
  let probes = 0;
  for (;;) {
    const problems = await unclear(world, load, `probe-${Math.round(healedAt)}-${probes += 1}`);
    const ms = performance.now() - healedAt;
    // A look that began in time counts, even when it ends later.
    if (problems.length === 0) return { ms, unclear: [] };
    if (ms > within) return { ms: undefined, unclear: problems };
    await delay(EVERY_MS);
  }
}

/** What is wrong, in words; empty when all is clear. Cheap checks come first. */
async function unclear(world: World, load: Load, probe: string): Promise<readonly string[]> {
  const stuck = [...await notReady(world), ...await behind(world, load)];
  if (stuck.length > 0) return stuck;
  const refused = (await Promise.all(APIS.map((api) => probeApi(load, api, probe)))).flat();
  if (refused.length > 0) return refused;
  return (await relayProblems(world.fleet)).map((problem) => `relay status: ${problem}`);
}

async function notReady({ fleet }: World): Promise<readonly string[]> {
  const said = await Promise.all(NAMES.map(async (name) => ({
    name, text: await getText(`http://127.0.0.1:${fleet.of(name).opsPort}/readyz`).then((text) => text.trim(), () => 'no answer'),
  })));
  return said.filter(({ text }) => text !== 'ok').map(({ name, text }) => `${name} ${text}`);
}

/** Publishing and delivery: events that are older than a moment have arrived. */
async function behind({ postgres }: World, { durable }: Load): Promise<readonly string[]> {
  try {
    const { events, oldestMs } = await readBacklog(postgres.sql.query);
    if (oldestMs > MOMENT_MS) return [`${events} events wait to be published, the oldest for ${Math.round(oldestMs)} ms`];
    const newest = await readNewestPublished(postgres.sql.query, MOMENT_MS);
    const arrived = newest === undefined || durable.deliveries.findLast(({ id }) => id === newest) !== undefined;
    return arrived ? [] : ['the durable consumer is behind'];
  } catch (error) {
    return [`Postgres does not answer: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/**
 * Sends one stock change, one catalogue change and one read, which must come from the view. The two writes use different
 * connections of the api. All three are part of the history.
 */
async function probeApi(load: Load, api: ApiName, probe: string): Promise<readonly string[]> {
  const [productId = ''] = load.products;
  const write = async (kind: 'adjust' | 'rename'): Promise<readonly string[]> => {
    const tag = `${probe}-${api}-${kind}`;
    const invoked = load.history.invoke({
      api, kind, tag, key: tag, productId, storeId: kind === 'adjust' ? 'MAD-001' : undefined, subjectId: undefined, events: 1,
    });
    const { status, text } = await (kind === 'adjust'
      ? load.ask(api, 'POST', '/stock', {
        key: tag, body: { product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK', reference: tag },
      }) : load.ask(api, 'PATCH', `/products/${productId}`, { key: tag, body: { name: tag } }));
    return invoked.end(status, text) === 'ok' ? [] : [`${api} answers ${kind} with ${status === 0 ? 'nothing' : status}`];
  };
  const read = async (): Promise<readonly string[]> => {
    const { status, shown } = await readOnce(load, api, productId);
    return shown?.source === 'cache' ? [] : [`${api} answers a read with ${shown?.source ?? (status === 0 ? 'nothing' : status)}`];
  };
  const late = delay(PROBE_MS, undefined, { ref: false }).then(() => [`${api} does not answer within ${PROBE_MS / 1000} s`]);
  return Promise.race([Promise.all([write('adjust'), write('rename'), read()]).then((all) => all.flat()), late]);
}
