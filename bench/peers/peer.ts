/**
 * One peer, called in process: `node peer.ts SPEC` with the spec as JSON prints a PeerResult. A process of its own,
 * because it loads what npm has put into another folder.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import type { PeerResult } from './peers.ts';

const spec = z.object({
  name: z.enum(['emmett', 'medusa']), folder: z.string(), url: z.string(), rows: z.int(), atOnce: z.array(z.int()),
  durationMs: z.number(),
}).parse(JSON.parse(process.argv[2] ?? ''));
const load = createRequire(join(spec.folder, 'peer.js'));

type Call = (...args: readonly unknown[]) => Promise<unknown>;
const call = z.custom<Call>((value) => typeof value === 'function');
/** The object itself, and no copy: its methods may be those of a prototype, or of a proxy. */
const withMethods = <N extends string>(...names: readonly N[]) => z.custom<Readonly<Record<N, Call>>>((value) =>
  typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function'));

interface Peer {
  /** One write, as the peer does it best. Rejects when it is refused. */
  readonly write: () => Promise<unknown>;
  /** Told how many writes had succeeded in all. */
  readonly judge: (written: number) => Promise<string>;
  readonly close: () => Promise<unknown>;
}

/** Events appended to one stream, whatever its version. */
async function emmett(): Promise<Peer> {
  const { getPostgreSQLEventStore } = z.object({ getPostgreSQLEventStore: z.custom<(url: string) => unknown>() })
    .parse(load('@event-driven-io/emmett-postgresql'));
  const store = withMethods('appendToStream', 'readStream', 'close').parse(getPostgreSQLEventStore(spec.url));
  const append = (): Promise<unknown> => store.appendToStream('stock-1', [{
    type: 'reservation.created', data: { reservation_id: crypto.randomUUID(), quantity: 1, customer_id: 'bench', store_id: 'MAD-001' },
  }]);
  await append();
  return {
    write: append,
    judge: async (written) => {
      const { currentStreamVersion } = z.object({ currentStreamVersion: z.bigint() })
        .parse(await store.readStream('stock-1'));
      return `the stream is at version ${currentStreamVersion} after ${written + 1} appends`;
    },
    close: () => store.close(),
  };
}

/** Reservations of one unit each, spread over items that each have a level in one location. */
async function medusa(): Promise<Peer> {
  const { MedusaApp } = z.object({ MedusaApp: call }).parse(load('@medusajs/framework/modules-sdk'));
  const app = z.object({
    modules: z.object({ inventory: withMethods(
      'createInventoryItems', 'createInventoryLevels', 'createReservationItems', 'listInventoryLevels') }),
    runMigrations: call, onApplicationStart: call, onApplicationShutdown: call,
  });
  const running = app.parse(await MedusaApp({
    modulesConfig: { inventory: { resolve: load.resolve('@medusajs/inventory'), options: {} } },
    sharedResourcesConfig: { database: { clientUrl: spec.url, driverOptions: { connection: { ssl: false } }, pool: { min: 1, max: 20 } } },
    cwd: spec.folder,
  }));
  await running.runMigrations();
  await running.onApplicationStart();
  const { inventory } = running.modules;
  const ids = z.array(z.looseObject({ id: z.string() }));
  const items: string[] = [];
  while (items.length < spec.rows) {
    const page = ids.parse(await inventory.createInventoryItems(
      Array.from({ length: Math.min(500, spec.rows - items.length) }, (_, nth) => ({ sku: `SKU-${items.length + nth}` }))));
    await inventory.createInventoryLevels(page.map(({ id }) => ({
      inventory_item_id: id, location_id: 'MAD-001', stocked_quantity: 1_000_000,
    })));
    items.push(...page.map(({ id }) => id));
  }
  return {
    write: () => inventory.createReservationItems([{
      inventory_item_id: items[Math.floor(Math.random() * items.length)], location_id: 'MAD-001', quantity: 1,
    }]),
    judge: async (written) => {
      const levels = z.array(z.looseObject({ reserved_quantity: z.coerce.number() }))
        .parse(await inventory.listInventoryLevels({}, { take: spec.rows }));
      const counted = levels.reduce((sum, level) => sum + level.reserved_quantity, 0);
      return `its counters say ${counted} after ${written} reservations`;
    },
    close: () => running.onApplicationShutdown(),
  };
}

const peer = await { emmett, medusa }[spec.name]();
let written = 0;
let refused = 0;
let best = { perSecond: 0, atOnce: 0 };
for (const atOnce of spec.atOnce) {
  const before = written;
  const begun = performance.now();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (performance.now() - begun < spec.durationMs) {
      await peer.write().then(() => { written += 1; }, () => { refused += 1; });
    }
  }));
  const perSecond = (written - before) / ((performance.now() - begun) / 1000);
  if (perSecond > best.perSecond) best = { perSecond, atOnce };
}
const result: PeerResult = { ...best, also: `${await peer.judge(written)}, ${refused} refused` };
await peer.close();
process.stdout.write(`\n${JSON.stringify(result)}\n`);
// A library may keep connections that it does not tell of.
process.exit(0);
