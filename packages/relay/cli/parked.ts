/** `relay parked ls | show | retry | skip`: events that cannot be published, and what a person decides about them. */
import type { Command } from 'commander';
import { fateOf, findParked, listParked, parkedIds, release, skip } from '@inventory/db/operating/parked.ts';
import type { ParkedDetail, ParkedEvent, ParkedState, Fate } from '@inventory/db/operating/parked.ts';
import type { Database } from '@inventory/db/pool.ts';
import { uuid } from '@inventory/domain/values.ts';
import { factLines, printable, say, table } from '@inventory/runtime/cli/output.ts';
import { parseCount, UsageError } from '@inventory/runtime/cli/usage.ts';
import { sleep } from '@inventory/runtime/sleep.ts';
import { withDatabase } from './database.ts';
import { deciderOf, withDecider } from './decider.ts';
import type { Deciding as DecidingOptions } from './decider.ts';

interface Common { readonly json?: true }
interface Deciding extends Common, DecidingOptions {}

// A relay that leads tries a released event within one poll. Without one there is nothing to wait for.
const FATE_MS = 5000;
const LOOK_EVERY_MS = 50;
const DEFAULT_LIMIT = '100';

/** Adds the command to the program; each sets the exit code. */
export function addParkedCommand(program: Command): void {
  const parked = program.command('parked').alias('dead')
    .description('events that cannot be published: list them, show one, try again, or skip for good')
    .addHelpText('after', `
A parked event holds up the later events of its own stream, and nothing else. Retry it when the reason is gone, such as when
max_msg_size is larger. (What only a newer relay can read is never parked.) Skip it when the reason will never be gone: it is not published, consumers
see a gap in the versions of its stream, and the events behind it flow. The event stays in the log either way.

  relay parked ls --json | jq -r '.events[].event_id'
  relay parked retry --all
  relay parked skip 0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11`);

  parked.command('ls')
    .description('list parked events, in the order of the log')
    .option('--state <state>', 'which ones: parked, skipped or all', 'parked')
    .option('--limit <events>', 'how many at most', DEFAULT_LIMIT)
    .option('--json', 'as JSON')
    .action((options: Common & { state: string; limit: string }) => withDatabase(async (db) => {
      const limit = parseCount('--limit', options.limit) ?? Infinity;
      const { total, events } = await listParked(db, { states: parseState(options.state), limit });
      say(options, { total, events }, () => listText(events, total));
      return 0;
    }));

  parked.command('show <event>')
    .description('show one event, what it holds up and the beginning of its payload; exit 1 when it is not parked')
    .option('--json', 'as JSON')
    .action((event: string, options: Common) => withDatabase(async (db) => {
      const id = parseId(event);
      const found = await findParked(db, id);
      if (found === undefined) return notParked(options, id);
      say(options, found, () => detailText(found));
      return 0;
    }));

  withDecider(parked.command('retry [events...]')
    .description('release events to the relay and say what became of them; exit 1 when one is not published')
    .option('--all', 'all events that are parked now'))
    .option('--json', 'one JSON object a line')
    .action((events: string[], options: Deciding & { all?: true }) => withDatabase((db) => retry(db, events, options)));

  withDecider(parked.command('skip <events...>')
    .description('never publish these events; the events behind them flow; exit 1 when one is not parked'))
    .option('--json', 'one JSON object a line')
    .action((events: string[], options: Deciding) => withDatabase(async (db) => {
      const decider = deciderOf(options);
      let code = 0;
      for (const id of events.map(parseId)) {
        const done = await skip(db, id, decider);
        if (!done) code = 1;
        say(options, { event_id: id, outcome: done ? 'skipped' : 'not parked' }, () =>
          (done ? `${id} skipped: it will not be published` : `${id} is not parked`));
      }
      return code;
    }));
}

async function retry(db: Database, events: readonly string[], options: Deciding & { all?: true }): Promise<number> {
  const decider = deciderOf(options);
  if ((options.all === true) === (events.length > 0)) {
    throw new UsageError('relay parked retry takes the ids of events, or --all');
  }
  const ids = options.all === true ? await parkedIds(db) : events.map(parseId);
  const released: string[] = [];
  let code = 0;
  const tell = (event_id: string, outcome: string, more: object = {}, detail = ''): void => {
    if (outcome !== 'published') code = 1;
    say(options, { event_id, outcome, ...more }, () => `${event_id} ${outcome}${printable(detail)}`);
  };
  for (const id of ids) {
    const outcome = await release(db, id, decider);
    if (outcome === 'released') released.push(id);
    else if (outcome === 'unknown') tell(id, 'not parked');
    else tell(id, 'skipped', {}, ' for good: if it were published now, it could stand behind later events of its stream');
  }
  const deadline = performance.now() + FATE_MS;
  for (const id of released) {
    const { fate, ...more } = await awaitFate(db, id, deadline);
    const detail = 'reason' in more ? `: ${more.reason}` : 'sequence' in more ? ` as message ${more.sequence}` : '';
    tell(id, fate, more, fate === 'pending' ? ': no relay has tried it yet' : detail);
  }
  if (ids.length === 0 && options.json !== true) process.stdout.write('Nothing is parked.\n');
  return code;
}

async function awaitFate(db: Database, id: string, deadline: number): Promise<Fate> {
  for (;;) {
    const fate = await fateOf(db, id);
    if (fate.fate !== 'pending' || performance.now() > deadline) return fate;
    await sleep(LOOK_EVERY_MS);
  }
}

function notParked(options: Common, id: string): number {
  say(options, { event_id: id, outcome: 'not parked' }, () => `${id} is not parked; it was published, or never parked`);
  return 1;
}

function parseId(text: string): string {
  const id = uuid.safeParse(text);
  if (!id.success) throw new UsageError(`${JSON.stringify(text)} is no event id (a UUID)`);
  return id.data;
}

function parseState(text: string): readonly ParkedState[] {
  if (text === 'all') return ['parked', 'skipped'];
  if (text === 'parked' || text === 'skipped') return [text];
  throw new UsageError(`--state takes parked, skipped or all, not ${JSON.stringify(text)}`);
}

function listText(events: readonly ParkedEvent[], total: number): string {
  if (events.length === 0) return 'Nothing is parked.';
  const lines = events.map((event) => [
    event.event_id, event.event_type, event.store_id, String(event.position), event.state, String(event.waiting),
    event.reason,
  ]);
  const rest = total > events.length ? `\n${total - events.length} more; see --limit` : '';
  return table(['EVENT', 'TYPE', 'STORE', 'POSITION', 'STATE', 'WAITING', 'REASON'], lines) + rest;
}

function detailText(event: ParkedDetail): string {
  const cut = event.payload_start.length < event.payload_bytes ? ` …, ${event.payload_bytes} bytes in all` : '';
  const facts: readonly (readonly [string, string])[] = [
    ['Event', `${event.event_id}, ${event.event_type} of ${event.store_id}`],
    ['State', event.resolved_by === null ? event.state : `${event.state} by ${event.resolved_by} at ${
      event.resolved_at?.toISOString() ?? '?'}`],
    ['Reason', event.reason],
    ['Parked', event.parked_at.toISOString()],
    ['Happened', event.time],
    ['Position', `${event.position}, schema version ${event.schema_version}`],
    ['Stream', `${event.stream_id}, version ${event.stream_version ?? 'none'}; ${event.waiting} later events wait`],
    ['Aggregate', event.aggregate_id],
    ['Metadata', JSON.stringify(event.metadata)],
    ['Payload', `${event.payload_start}${cut}`],
  ];
  return factLines(facts);
}
