/** `relay replay ls | show | cancel`. */
import type { Command } from 'commander';
import { NatsError } from 'nats';
import { replayStream, replaySubjects } from '@inventory/domain/subjects.ts';
import { Unreachable, withNats } from '@inventory/runtime/cli/connections.ts';
import { factLines, say, table } from '@inventory/runtime/cli/output.ts';
import { parseCount, UsageError } from '@inventory/runtime/cli/usage.ts';
import type { RelayConfig } from '../config.ts';
import { withDatabase } from './database.ts';
import { deciderOf, withDecider } from './decider.ts';
import type { Deciding } from './decider.ts';
import { findReplay, listReplays } from '@inventory/db/operating/replays.ts';
import type { ReplayLine } from '@inventory/db/operating/replays.ts';
import { steerReplay } from '@inventory/db/operating/steering.ts';
import { cancelReplay } from '../replay/streams.ts';
import { managerOf } from '../stream/jetstream.ts';
import { streamInfo } from '../stream/stream.ts';

interface Common { readonly json?: true }

/** Adds the subcommands to `relay replay`; each sets the exit code. */
export function addReplayManagement(replay: Command): void {
  replay.command('ls')
    .description('list replays, the newest first')
    .option('--limit <replays>', 'how many at most', '50')
    .option('--json', 'as JSON')
    .action((options: Common & { limit: string }) => withDatabase(async (db) => {
      const replays = await listReplays(db, parseCount('--limit', options.limit) ?? 0);
      say(options, { replays }, () => (replays.length === 0 ? 'There are no replays.' : listText(replays)));
      return 0;
    }));

  replay.command('show <id>')
    .description('show one replay: its range, its filter and its stream; exit 1 when there is none with this id')
    .option('--json', 'as JSON')
    .action((text: string, options: Common) => withDatabase(async (db, config) => {
      const id = parseReplayId(text);
      const found = await findReplay(db, id);
      if (found === undefined) return unknown(id);
      const stream = await streamOf(config, id);
      say(options, { ...found, stream }, () => showText(found, stream));
      return 0;
    }));

  withDecider(replay.command('cancel <id>')
    .description('end a replay for good, whether it is running, paused or done, and delete its stream'))
    .option('--json', 'as JSON')
    .action((text: string, options: Common & Deciding) => withDatabase(async (db, config) => {
      const id = parseReplayId(text);
      if (await steerReplay(db, id, 'cancel', deciderOf(options)) === 'unknown') return unknown(id);
      await withNats({ url: config.NATS_URL, name: 'relay-replay-cancel' }, async (nats) =>
        cancelReplay(db, (await managerOf(nats)).streams, id));
      say(options, { id, state: 'cancelled' }, () => `Replay ${id} is cancelled, ${replayStream(id)} is deleted.`);
      return 0;
    }));
}

interface StreamFacts {
  readonly name: string;
  readonly subjects: string;
  readonly messages: number | null;
  readonly bytes: number | null;
  /** Why the numbers are missing. */
  readonly missing: string | null;
}

async function streamOf(config: RelayConfig, id: string): Promise<StreamFacts> {
  const facts = { name: replayStream(id), subjects: replaySubjects(id), messages: null, bytes: null };
  try {
    const info = await withNats({ url: config.NATS_URL, name: 'relay-replay-show' }, async (nats) =>
      streamInfo((await managerOf(nats)).streams, facts.name));
    if (info === undefined) return { ...facts, missing: 'it is deleted' };
    return { ...facts, messages: info.state.messages, bytes: info.state.bytes, missing: null };
  } catch (error) {
    if (error instanceof Unreachable || error instanceof NatsError) return { ...facts, missing: error.message };
    throw error;
  }
}

function parseReplayId(text: string): string {
  if (!/^[A-Za-z0-9]{1,40}$/.test(text)) throw new UsageError(`${JSON.stringify(text)} is no id of a replay`);
  return text;
}

function unknown(id: string): number {
  process.stderr.write(`relay: there is no replay ${id}\n`);
  return 1;
}

function listText(replays: readonly ReplayLine[]): string {
  return table(
    ['REPLAY', 'STATE', 'EVENTS', 'OF', 'FROM', 'TO', 'BEGUN', 'LAST SEEN'],
    replays.map((line) => [
      line.id, line.state, String(line.published), String(line.total), String(line.from_position),
      String(line.to_position), line.created_at.toISOString(), line.updated_at.toISOString(),
    ]),
  );
}

const DONE = { pause: 'Paused', resume: 'Resumed', cancel: 'Cancelled' } as const;

function showText(replay: ReplayLine, stream: StreamFacts): string {
  const { id, state } = replay;
  const facts: readonly (readonly [string, string])[] = [
    ['Replay', `${id}, ${state}`],
    ['Events', `${replay.published} of ${replay.total}`],
    ['Range', `positions ${replay.from_position} to ${replay.to_position} of epoch ${replay.epoch}`],
    ['Asked', JSON.stringify(replay.specification)],
    ...(replay.requested_by === null ? [] : [['Asked by', replay.note === null ? replay.requested_by : `${replay.requested_by}: ${replay.note}`] as const]),
    ...replay.decisions.map(({ at, by, action, note }) => [DONE[action], `${at.toISOString()} by ${by}${note === null ? '' : `: ${note}`}`] as const),
    ...(replay.detail === null ? [] : [['Why', replay.detail] as const]),
    ['Begun', replay.created_at.toISOString()],
    ['Last seen', replay.updated_at.toISOString()],
    ...(replay.digest === null ? [] : [['Digest', replay.digest] as const]),
    ['Stream', stream.missing === null
      ? `${stream.name}: ${stream.messages} messages, ${stream.bytes} bytes, on ${stream.subjects}`
      : `${stream.name}: ${stream.missing}`],
    ...(state === 'paused' || state === 'interrupted' ? [['Go on', `relay replay --resume ${id}`] as const] : []),
  ];
  return factLines(facts);
}
