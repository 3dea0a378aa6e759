/**
 * What a chain of so many stores needs, reckoned from what the bench has measured and from what is assumed about the
 * chain. `npm run bench -- --scaling` prints it; docs/scaling.md holds the table and says what breaks first.
 */
import type { Facts } from '../system/cost.ts';
import { markdownTable, number, provenance } from './results.ts';
import type { Results } from './results.ts';

/** What no bench can know. Change it here, and `npm run generate` writes the table again. */
export const ASSUMED = {
  /** Of one store. */
  reservationsADay: 2_000,
  /** Receipts, counts and corrections of one store. */
  stockChangesADay: 1_000,
  /** Each hold ends once: confirmed, cancelled or expired. */
  eventsPerReservation: 2,
  /** GET availability for each reservation. */
  readsPerReservation: 50,
  /** The busiest second of the day, over its mean. */
  peakFactor: 10,
  /** Stock rows of one store. */
  assortment: 10_000,
  /** Stores that a product is in, at most: what one answer of availability lists that chooses none. */
  storesPerProduct: 1_000,
  /** Stores that a question chooses, by a group or those near a place. */
  storesAsked: 10,
  /** Of a core, and of what one leader can publish, at the peak: the rest is for take-overs and bad days. */
  utilisation: 0.5,
  coresPerApi: 2,
  /** Pages that an event dirties at random places, each written by a checkpoint once: the row, and leaves of indexes. */
  randomPagesPerEvent: 4,
  keptInStreamDays: 7,
  replicas: 3,
  apisAtLeast: 2,
  /** US dollars. */
  price: { vcpuHour: 0.045, databaseVcpuHour: 0.1, storageGbMonth: 0.12, iopsMonth: 0.02, memoryGbHour: 0.006 },
} as const;
type Assumed = typeof ASSUMED;

const CHAINS = [1, 10, 100, 1_000, 10_000] as const;
const DAY_SECONDS = 86_400;
const MONTH_HOURS = 730;
const DAYS_A_YEAR = 365;
const GB = 1e9;

interface Need {
  readonly stores: number;
  readonly reservationsADay: number;
  /** In the busiest second. */
  readonly peakReservations: number;
  readonly peakEvents: number;
  readonly peakReads: number;
  /** What the answers of these reads weigh; and what they would, did each list every store that has the product. */
  readonly readMbASecond: number;
  readonly readMbOfAll: number;
  readonly apis: number;
  readonly databaseCores: number;
  readonly databaseGbAYear: number;
  readonly walMbASecond: number;
  readonly iops: number;
  /** Of what the one leading relay can publish: above 1 it falls behind at the peak. */
  readonly relayLoad: number;
  readonly relayCores: number;
  readonly projectorCores: number;
  readonly natsCores: number;
  /** Of all replicas together. */
  readonly streamGb: number;
  readonly redisCores: number;
  /** Did each answer list every store that has the product. */
  readonly redisCoresOfAll: number;
  readonly redisGb: number;
  readonly dollarsAMonth: number;
  readonly dollarsPerMillion: number;
}

interface Measured extends Facts {
  /** Events a second that a relay publishes. */
  readonly relayEvents: number;
}

const NEEDED = {
  reservation: true, walBytesPerReservation: true, reservationsPerTransaction: true, eventBytes: true,
  reservationBytes: true, messageBytes: true, viewBytesPerRow: true, read: true, wideRead: true,
} as const satisfies Record<keyof Facts, true>;

function missingOf(facts: Partial<Facts>): readonly string[] {
  return Object.keys(NEEDED).filter((name) => !Object.hasOwn(facts, name));
}

function isComplete(facts: Partial<Facts>): facts is Facts {
  return missingOf(facts).length === 0;
}

/** The figures that the reckoning needs. @throws {Error} naming those that the results do not have */
export function measuredOf({ rows, facts }: Pick<Results, 'rows' | 'facts'>): Measured {
  const relayEvents = rows.find(({ id }) => id === 'R1')?.value;
  if (isComplete(facts) && relayEvents !== undefined) return { ...facts, relayEvents };
  const missing = [...missingOf(facts), ...(relayEvents === undefined ? ['R1'] : [])];
  throw new Error(`docs/benchmarks.json lacks ${missing.join(', ')}: \`npm run bench\` measures them`);
}

/** What a chain of so many stores needs. */
export function needOf(stores: number, measured: Measured, assumed: Assumed = ASSUMED): Need {
  const { peakFactor, utilisation, price } = assumed;
  const reservationsADay = stores * assumed.reservationsADay;
  const eventsADay = stores * (assumed.reservationsADay * assumed.eventsPerReservation + assumed.stockChangesADay);
  const peakOf = (aDay: number): number => (aDay / DAY_SECONDS) * peakFactor;
  const [peakReservations, peakEvents] = [peakOf(reservationsADay), peakOf(eventsADay)];
  const peakReads = peakReservations * assumed.readsPerReservation;

  // A change that is no new hold (its end, a receipt) costs what a hold does: it goes the same way.
  const coresFor = (microseconds: number, perSecond: number): number => (microseconds * perSecond) / 1e6 / utilisation;
  const ofWrites = (part: keyof Measured['reservation']): number => coresFor(measured.reservation[part], peakEvents);
  const stored = Math.min(stores, assumed.storesPerProduct);
  const asked = Math.min(stored, assumed.storesAsked);
  // What a listed store costs is what it costs in a long list: a field by its name costs no more.
  const wider = (part: 'api' | 'redis', listed: number): number => {
    const each = (measured.wideRead[part] - measured.read[part]) / (measured.wideRead.stores - 1);
    return measured.read[part] + Math.max(0, each) * (listed - 1);
  };
  const apiCores = ofWrites('api') + coresFor(wider('api', asked), peakReads);
  const apis = Math.max(assumed.apisAtLeast, Math.ceil(apiCores / assumed.coresPerApi));
  const readMb = (listed: number): number => (peakReads * (measured.wideRead.bytes / measured.wideRead.stores) * listed) / 1e6;
  const [readMbASecond, readMbOfAll] = [readMb(asked), readMb(stored)];
  const redisCoresFor = (listed: number): number => ofWrites('redis') + coresFor(wider('redis', listed), peakReads);
  const [redisCores, redisCoresOfAll] = [redisCoresFor(asked), redisCoresFor(stored)];
  const databaseCores = ofWrites('postgres');
  const walMbASecond = (peakEvents * measured.walBytesPerReservation) / 1e6;
  const iops = peakEvents / measured.reservationsPerTransaction + peakEvents * assumed.randomPagesPerEvent;
  const databaseGbAYear = (DAYS_A_YEAR * (eventsADay * measured.eventBytes + reservationsADay * measured.reservationBytes)) / GB;
  const streamGb = (assumed.keptInStreamDays * eventsADay * measured.messageBytes * assumed.replicas) / GB;
  const redisGb = (stores * assumed.assortment * measured.viewBytesPerRow) / GB;
  const whole = (cores: number, least: number): number => Math.max(least, Math.ceil(cores));
  const dollarsAMonth = MONTH_HOURS * price.vcpuHour * (apis * assumed.coresPerApi
      + 2 * whole(ofWrites('relay'), 1) + whole(ofWrites('projector'), 2) + assumed.replicas * whole(ofWrites('nats'), 1)
      + 2 * whole(redisCores, 1))
    // A standby beside the primary; half a year of the log on average, twice.
    + 2 * (MONTH_HOURS * price.databaseVcpuHour * whole(databaseCores, 2) + price.storageGbMonth * databaseGbAYear / 2
      + price.iopsMonth * iops)
    + price.storageGbMonth * streamGb + MONTH_HOURS * price.memoryGbHour * redisGb * 2;
  return {
    stores, reservationsADay, peakReservations, peakEvents, peakReads, readMbASecond, readMbOfAll, apis, databaseCores, databaseGbAYear, walMbASecond, iops,
    relayLoad: peakEvents / (measured.relayEvents * utilisation), relayCores: ofWrites('relay'),
    projectorCores: ofWrites('projector'), natsCores: ofWrites('nats'), streamGb, redisCores, redisCoresOfAll, redisGb, dollarsAMonth,
    dollarsPerMillion: dollarsAMonth / ((reservationsADay * DAYS_A_YEAR) / 12 / 1e6),
  };
}

const LINES: readonly (readonly [what: string, of: (need: Need) => number])[] = [
  ['reservations a day', (need) => need.reservationsADay],
  ['reservations/s at the peak', (need) => need.peakReservations],
  ['events/s at the peak', (need) => need.peakEvents],
  ['reads/s at the peak', (need) => need.peakReads],
  [`MB/s of answers at the peak, ${ASSUMED.storesAsked} stores each`, (need) => need.readMbASecond],
  ['the same, where each lists every store', (need) => need.readMbOfAll],
  [`api instances of ${ASSUMED.coresPerApi} cores`, (need) => need.apis],
  ['Postgres, cores', (need) => need.databaseCores],
  ['Postgres, GB a year', (need) => need.databaseGbAYear],
  ['Postgres, MB/s of its own log at the peak', (need) => need.walMbASecond],
  ['Postgres, IOPS at the peak', (need) => need.iops],
  ['relay, load of the one leader (1 = all that is allowed)', (need) => need.relayLoad],
  ['relay, cores', (need) => need.relayCores],
  ['projectors, cores', (need) => need.projectorCores],
  ['JetStream, cores of each replica', (need) => need.natsCores],
  [`JetStream, GB for ${ASSUMED.keptInStreamDays} days, ${ASSUMED.replicas} replicas`, (need) => need.streamGb],
  [`Redis, cores, ${ASSUMED.storesAsked} stores an answer`, (need) => need.redisCores],
  ['the same, where each lists every store', (need) => need.redisCoresOfAll],
  ['Redis, GB', (need) => need.redisGb],
  ['dollars a month', (need) => need.dollarsAMonth],
  ['dollars per million reservations', (need) => need.dollarsPerMillion],
];

/** What one machine of today gives at most; a chain that needs more needs another shape of the system. */
const LIMITS: readonly (readonly [what: string, of: (need: Need) => number, most: number])[] = [
  ['Redis, where answers list every store: the one core that a master computes on', (need) => need.redisCoresOfAll, 1],
  [`Redis, where answers list ${ASSUMED.storesAsked} stores: the same core`, (need) => need.redisCores, 1],
  ['answers that list every store: a network of 10 Gbit/s, in MB/s', (need) => need.readMbOfAll, 1_250],
  ['relay: what the one leader may publish at the peak', (need) => need.relayLoad, 1],
  ['Postgres: 10 000 GB of log a year', (need) => need.databaseGbAYear, 10_000],
  ['Postgres: 64 cores', (need) => need.databaseCores, 64],
  ['Postgres: 80 000 IOPS', (need) => need.iops, 80_000],
];

interface Limit { readonly what: string; readonly stores: number }

/** How many stores reach each limit, the first one first. */
export function limitsOf(measured: Measured): readonly Limit[] {
  return LIMITS.map(([what, of, most]) => {
    let [below, above] = [0, 1];
    while (of(needOf(above, measured)) < most) above *= 2;
    while (above - below > 1) {
      const middle = Math.floor((below + above) / 2);
      if (of(needOf(middle, measured)) < most) below = middle;
      else above = middle;
    }
    return { what, stores: above };
  }).sort((a, b) => a.stores - b.stores);
}

const cell = (value: number): string => (value < 0.01 ? '< 0.01' : number(value));

/** The tables of docs/scaling.md, with where their figures are from. */
export function scalingTable(results: Results): string {
  const measured = measuredOf(results);
  const needs = CHAINS.map((stores) => needOf(stores, measured));
  return [
    `Measured on ${provenance(results)}`, '',
    markdownTable(['Stores', ...CHAINS.map(number)], LINES.map(([what, of]) => [what, ...needs.map((need) => cell(of(need)))])), '',
    'What breaks first:', '',
    markdownTable(['Limit', 'Reached at so many stores'], limitsOf(measured).map(({ what, stores }) => [what, number(stores)])),
  ].join('\n');
}
