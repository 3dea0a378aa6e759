/**
 * The kinds of faults as data: what each does, its targets, its duration, and the changes that must show. The folder faults/
 * carries them out.
 */

/** Changes that show that a fault has hurt; watch/evidence.ts measures them. */
export const changes = [
  'take-overs', 'unknown outcomes', 'refused requests', 'degraded reads', 'slow requests', 'publishing delayed', 'view aged',
  'reconnects', 'refused publishes', 'refilled events', 'replicas behind', 'seals missed', 'warnings logged',
  'lost writes', 'clock moved', 'reached its point', 'keys mended',
] as const;
export type Change = (typeof changes)[number];

interface Kind {
  readonly name: string;
  /** What happens, in one line for --help. `→` is a connection. */
  readonly about: string;
  /** One of these is drawn. */
  readonly targets: readonly string[];
  /** How long it lasts: drawn between these two, in ms. */
  readonly lastsMs: readonly [number, number];
  /** At least one of these must show; otherwise the fault has not hurt, and the run fails. */
  readonly mustChange: readonly Change[];
  /** May be combined with another small fault that touches nothing of the same. */
  readonly small?: true;
  /** Servers and processes beside its target that have to be well meanwhile, or it would not hurt, or not be judged. */
  readonly needs?: readonly string[];
  /** The stream may lose what was acknowledged: its servers are ended or disagree, and a 2.9 has lost some of it then. */
  readonly mayLoseMessages?: true;
}

const APIS = ['api-1', 'api-2'];
const PROJECTORS = ['projector-1', 'projector-2'];
/** A process, and a point at which it kills itself. */
const POINTS = [
  ...APIS.flatMap((api) => ['before-commit', 'after-commit'].map((point) => `${api} at ${point}`)),
  ...['relay.fetched', 'relay.acknowledged', 'relay.marked'].map((point) => `the leading relay at ${point}`),
  ...PROJECTORS.map((projector) => `${projector} at consume.written`),
];
/** Which relay leads is decided when the fault begins. */
const LEADER = ['the leading relay'];
/** Links that no other process can stand in for, so that a fault shows. */
const ALONE = [
  ...APIS.flatMap((api) => [`${api}→postgres`, `${api}→redis`]), 'the leading relay→postgres', 'the leading relay→nats',
  'both projectors→postgres', 'both projectors→redis',
];
const LINKS = [
  ...APIS.flatMap((api) => [`${api}→postgres`, `${api}→redis`]), 'the leading relay→postgres', 'the leading relay→nats',
  ...PROJECTORS.flatMap((projector) => [`${projector}→postgres`, `${projector}→redis`, `${projector}→nats`]),
];

const SHAKEN: readonly Change[] = ['unknown outcomes', 'refused requests', 'slow requests', 'degraded reads', 'take-overs',
  'publishing delayed', 'view aged', 'reconnects', 'refused publishes', 'seals missed', 'warnings logged'];

const all = [
  { name: 'kill-api', about: 'kill -9 of an api; another one takes its place', targets: APIS, lastsMs: [1_000, 3_000],
    mustChange: ['unknown outcomes', 'refused requests'], small: true },
  { name: 'kill-relay', about: 'kill -9 of the relay that leads', targets: LEADER, lastsMs: [1_500, 3_000],
    mustChange: ['take-overs'], small: true },
  { name: 'kill-projector', about: 'kill -9 of both projectors: nobody vouches for the view any more', targets: ['both projectors'],
    lastsMs: [3_000, 4_000], mustChange: ['degraded reads'], small: true },
  { name: 'freeze-api', about: 'SIGSTOP of an api, then SIGCONT', targets: APIS, lastsMs: [3_000, 7_000],
    mustChange: ['unknown outcomes', 'slow requests'], small: true },
  { name: 'freeze-relay', about: 'SIGSTOP of the relay that leads, until another has taken over; then SIGCONT', targets: LEADER,
    lastsMs: [8_000, 10_000], mustChange: ['take-overs'], small: true },
  { name: 'freeze-projector', about: 'SIGSTOP of both projectors, then SIGCONT: nobody vouches for the view',
    targets: ['both projectors'], lastsMs: [4_000, 6_000], mustChange: ['degraded reads'], small: true },
  { name: 'die-at-point', about: 'kill -9 of a process between two steps of its work, at a named point of the code', targets: POINTS,
    lastsMs: [500, 1_500], mustChange: ['reached its point'] },
  { name: 'zombie-relay', about: 'the leading relay stops with a batch in hand, another one leads and publishes, the first wakes up',
    targets: ['both relays'], lastsMs: [500, 1_500], mustChange: ['refused publishes'] },
  { name: 'zombie-sealer', about: 'a projector stops between reading what is settled and vouching for it, and wakes up seconds later',
    targets: PROJECTORS, lastsMs: [3_000, 5_000], mustChange: ['reached its point'] },
  { name: 'clock-jump', about: 'the clock of a process jumps by two hours and back (libfaketime)',
    targets: [...APIS, 'the leading relay', ...PROJECTORS], lastsMs: [3_000, 5_000], mustChange: ['clock moved'] },

  { name: 'link-partition', about: 'nothing passes between a process and a server; new connections are as dead',
    targets: [...ALONE, 'both projectors→nats'], lastsMs: [5_000, 11_000], mustChange: SHAKEN, small: true },
  { name: 'link-half-open', about: 'the open connections of a process carry nothing any more; new ones do', targets: LINKS,
    lastsMs: [6_000, 10_000], mustChange: SHAKEN, small: true },
  { name: 'link-delay', about: 'what a process and a server say to each other arrives later', targets: ALONE,
    lastsMs: [3_000, 6_000], mustChange: SHAKEN, small: true },
  { name: 'link-cut', about: 'the connections of a process to a server are reset, several times', targets: LINKS,
    lastsMs: [1_500, 3_000], mustChange: ['reconnects'], small: true },
  { name: 'lost-replies', about: 'what a process sends arrives, the answers do not', targets: LINKS,
    lastsMs: [3_000, 6_000], mustChange: SHAKEN, small: true },

  { name: 'postgres-kill', about: 'kill -9 of Postgres with all its backends, and a start on the same data', targets: ['postgres'],
    lastsMs: [1_000, 3_000], mustChange: ['refused requests', 'unknown outcomes'] },
  { name: 'postgres-immediate', about: 'pg_ctl stop -m immediate, and a start on the same data', targets: ['postgres'],
    lastsMs: [1_000, 3_000], mustChange: ['refused requests', 'unknown outcomes'] },
  { name: 'postgres-restart', about: 'a restart of Postgres in good order, which ends every session', targets: ['postgres'],
    lastsMs: [500, 1_000], mustChange: ['refused requests', 'unknown outcomes', 'reconnects'] },
  { name: 'postgres-freeze', about: 'SIGSTOP of Postgres with all its backends, then SIGCONT', targets: ['postgres'],
    lastsMs: [4_000, 8_000], mustChange: ['refused requests', 'unknown outcomes', 'slow requests'] },
  { name: 'promote', about: 'the standby, some seconds behind, is promoted and all clients are switched to it', targets: ['postgres'],
    lastsMs: [8_000, 10_000], mustChange: ['lost writes'] },
  { name: 'promote-unpublished', about: 'the same, while the relays are stopped: what is lost was never published, and nothing tells of it',
    targets: ['postgres and both relays'], lastsMs: [8_000, 10_000], mustChange: ['lost writes'] },
  { name: 'hot-standby', about: 'the address flips early: clients reach the standby, which is behind and takes no writes, and come back',
    targets: ['postgres'], lastsMs: [5_000, 8_000], mustChange: ['refused requests'] },
  { name: 'read-only', about: 'default_transaction_read_only is on for a while, as on a demoted primary', targets: ['postgres'],
    lastsMs: [3_000, 6_000], mustChange: ['refused requests'] },
  { name: 'foreign-session', about: 'a session that is not ours leaves a transaction open with one row in events', targets: ['postgres'],
    lastsMs: [15_000, 17_000], mustChange: ['publishing delayed'], small: true, needs: ['relay', 'nats'] },

  { name: 'nats-kill', about: 'kill -9 of the NATS server that the leading relay is connected to, and a start on the same data',
    targets: ['nats'], lastsMs: [2_000, 5_000], mustChange: ['reconnects'], small: true, needs: ['relay'], mayLoseMessages: true },
  { name: 'nats-freeze', about: 'SIGSTOP of the NATS server that the leading relay is connected to, then SIGCONT', targets: ['nats'],
    lastsMs: [5_000, 9_000], mustChange: ['publishing delayed', 'refused publishes', 'reconnects'], small: true, needs: ['relay'] },
  { name: 'nats-restart', about: 'the three NATS servers are restarted one after the other', targets: ['nats'],
    lastsMs: [1_000, 2_000], mustChange: ['reconnects'], small: true, mayLoseMessages: true },
  { name: 'nats-route', about: 'the route between the leading relay\'s NATS server and the stream\'s leader is cut, slow, or dead',
    targets: ['nats'], lastsMs: [4_000, 8_000], mustChange: ['publishing delayed', 'refused publishes', 'replicas behind', 'reconnects'] },
  { name: 'nats-minority', about: 'the NATS server of the leading relay is cut off from the other two, which are a healthy majority',
    targets: ['nats'], lastsMs: [18_000, 20_000], mustChange: ['publishing delayed', 'refused publishes'], small: true, needs: ['relay', 'postgres'],
    mayLoseMessages: true },
  { name: 'nats-tail-lost', about: 'all NATS servers start again on a copy of their data from some seconds ago', targets: ['nats'],
    lastsMs: [2_000, 4_000], mustChange: ['refilled events'], mayLoseMessages: true },

  { name: 'redis-flush', about: 'FLUSHALL', targets: ['redis'], lastsMs: [500, 1_000], mustChange: ['degraded reads'], small: true },
  { name: 'redis-restart', about: 'kill -9 of Redis, and an empty one on its port', targets: ['redis'], lastsMs: [1_000, 3_000],
    mustChange: ['degraded reads'], small: true },
  { name: 'redis-freeze', about: 'SIGSTOP of Redis, then SIGCONT', targets: ['redis'], lastsMs: [3_000, 6_000],
    mustChange: ['degraded reads'], small: true },
  { name: 'redis-demoted', about: 'the replica becomes the master, new connections go there, open ones stay with the old one',
    targets: ['redis'], lastsMs: [5_000, 7_000], mustChange: ['degraded reads', 'seals missed'] },
  { name: 'redis-wrong-type', about: 'the key of one product in the view becomes a plain string', targets: ['redis'],
    lastsMs: [3_000, 5_000], mustChange: ['degraded reads', 'seals missed', 'keys mended'], small: true },
] as const satisfies readonly Kind[];

export type KindName = (typeof all)[number]['name'];

export const kinds: readonly (Kind & { readonly name: KindName })[] = all;

/** @throws {RangeError} for a name that is none */
export function kindOf(name: string): Kind & { readonly name: KindName } {
  const kind = kinds.find((each) => each.name === name);
  if (kind === undefined) throw new RangeError(`${name}: there is no such kind of fault`);
  return kind;
}

/** The servers and processes that a fault touches or needs. Faults of one round have none in common. */
export function touchedBy({ kind, target }: { readonly kind: KindName; readonly target: string }): readonly string[] {
  const touched = target.split('→').map((each) => ['api', 'relay', 'projector'].find((name) => each.includes(name)) ?? each);
  return [...touched, ...kindOf(kind).needs ?? []];
}
