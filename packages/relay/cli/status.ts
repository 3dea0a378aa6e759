/** `relay status`: which relay leads, which stand by, how far behind publishing is, and whether stream and log agree. */
import { sql } from 'kysely';
import { NatsError } from 'nats';
import type { StreamInfo } from 'nats';
import { z } from 'zod';
import { epochHere } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { CURRENT_SECONDS, readReports } from '@inventory/db/process-reports.ts';
import type { ProcessReport } from '@inventory/db/process-reports.ts';
import { Unreachable, withNats } from '@inventory/runtime/cli/connections.ts';
import { factLines, say, table } from '@inventory/runtime/cli/output.ts';
import type { RelayConfig } from '../config.ts';
import { lastPlaced } from '../publish/runs.ts';
import { readBacklog } from '../telemetry/backlog.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { managerOf } from '../stream/jetstream.ts';
import { standingOf, streamDrift, streamInfo } from '../stream/stream.ts';

// The leader beats every half second.
const BEAT_MAX_AGE_SECONDS = 5;

/** Events that have waited for longer are a problem; the alert PublishingFallsBehind begins there. */
const MAX_WAIT_SECONDS = 30;
/** A stream that is fuller than this is about to refuse events. */
const FULL_SHARE = 0.95;

/**
 * @returns the exit code: 0, or 1 when no relay leads, the one that leads publishes nothing, stream and log do not agree, or
 *   NATS does not answer
 */
export async function statusCommand(
  db: Database, config: RelayConfig, options: { readonly json?: boolean },
): Promise<number> {
  const status = await readStatus(db, config);
  say(options, status, () => asText(status));
  return status.problems.length === 0 ? 0 : 1;
}

interface LeaderRow {
  readonly instance: string | null;
  readonly term: number;
  readonly beat_seconds: number | null;
  readonly led_seconds: number | null;
}

/** The parts of a relay's report that are shown; one of another version may lack any of them. */
const reportSchema = z.object({
  role: z.string().catch('unknown'),
  pid: z.int().nullable().catch(null),
  publishing: z.boolean().nullable().catch(null),
  trouble: z.string().nullable().catch(null),
  published_per_second: z.number().nullable().catch(null),
  commit_to_ack_seconds: z.object({ p50: z.number().nullable().catch(null), p99: z.number().nullable().catch(null) })
    .catch({ p50: null, p99: null }),
});

function instanceOf({ instance, report, age_seconds: seconds }: ProcessReport) {
  const { commit_to_ack_seconds: { p50, p99 }, ...shown } = reportSchema.parse(
    typeof report === 'object' && report !== null ? report : {});
  return { instance, ...shown, ack_p50_seconds: p50, ack_p99_seconds: p99, seconds };
}

type Status = Awaited<ReturnType<typeof readStatus>>;

async function readStatus(db: Database, config: RelayConfig) {
  const { rows: [leader] } = await sql<LeaderRow>`
    SELECT instance, term, extract(epoch FROM clock_timestamp() - beat_at)::float8 AS beat_seconds,
      extract(epoch FROM clock_timestamp() - took_over_at)::float8 AS led_seconds FROM relay_leader`.execute(db);
  const instances = (await readReports(db, { process: 'relay', seconds: CURRENT_SECONDS }))
    .map(instanceOf).toSorted((a, b) => (a.instance < b.instance ? -1 : 1));
  const log = { epoch: (await epochHere(db)).epoch, ...(await readBacklog(db)) };
  const noted = await db.selectFrom('relay_stream').select('created').where('name', '=', STREAM).executeTakeFirst();
  const stream = await readStream(db, config, noted === undefined ? 0 : await lastPlaced(db, noted.created));

  const leads = leader?.beat_seconds != null && leader.beat_seconds < BEAT_MAX_AGE_SECONDS;
  const inTrouble = instances.filter(({ trouble }) => trouble !== null);
  const silent = leads && instances.every(({ instance }) => instance !== leader.instance);
  const idle = instances.filter(({ publishing, trouble }) => publishing === false && trouble === null);
  const problems = [
    ...(leads ? [] : ['no relay leads']),
    ...(silent ? [`${leader.instance ?? 'the relay that leads'} says nothing of itself`] : []),
    ...inTrouble.map(({ instance, role, trouble }) =>
      `${instance} (${role}) ${role === 'leader' ? 'publishes nothing' : 'could not publish'}: ${trouble ?? ''}`),
    ...idle.map(({ instance }) => `${instance} leads and publishes nothing yet: it reads the tail of the stream`),
    ...((log.oldest_seconds ?? 0) > MAX_WAIT_SECONDS ? [`the oldest event has waited ${Math.round(log.oldest_seconds ?? 0)} s`] : []),
    ...(log.parked > 0 ? [`${log.parked} events are parked, ${log.waiting} wait behind them`] : []),
    ...stream.problems,
  ];
  return {
    leader: leads ? leader : null,
    instances,
    log,
    stream: stream.state,
    problems,
  };
}

/** The stream as it is, and where it and the log do not agree. */
async function readStream(db: Database, config: RelayConfig, lastMarked: number) {
  try {
    const info = await withNats({ url: config.NATS_URL, name: 'relay-status' }, async (nats) =>
      streamInfo((await managerOf(nats)).streams));
    const { state, problem } = await standingOf(db, info);
    const conflict = state === 'conflict' ? [problem] : [];
    if (info === undefined) return { state: null, problems: state === 'none' ? [`no stream ${STREAM} yet`] : conflict };
    const { messages, bytes, first_seq, last_seq } = info.state;
    const drift = streamDrift(info, { replicas: config.STREAM_REPLICAS });
    return {
      state: {
        created: info.created, messages, bytes, first_sequence: first_seq, last_sequence: last_seq,
        last_marked_sequence: lastMarked, drift,
      },
      problems: [
        ...conflict,
        ...(lastMarked > last_seq ? [`the stream ends at ${last_seq}, the log was published up to ${lastMarked}`] : []),
        ...drift.map((difference) => `stream: ${difference}`),
        ...fullness(info),
      ],
    };
  } catch (error) {
    if (error instanceof Unreachable) return { state: null, problems: [error.message] };
    if (error instanceof NatsError) return { state: null, problems: [`JetStream does not answer: ${error.message}`] };
    throw error;
  }
}

/** Which limit of its own the stream has reached, or is about to. The limits of the account and the disk are not seen here. */
function fullness({ config, state }: StreamInfo): readonly string[] {
  const limits = [['bytes', state.bytes, config.max_bytes], ['messages', state.messages, config.max_msgs]] as const;
  return limits.filter(([, used, limit]) => limit > 0 && used >= FULL_SHARE * limit)
    .map(([what, used, limit]) => `the stream is full: ${used} of ${limit} ${what}`);
}

function asText(status: Status): string {
  const { leader, instances, log, stream, problems } = status;
  const seconds = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)} s`);
  const ms = (value: number | null) => (value === null ? '-' : (1000 * value).toFixed(1));
  const facts: readonly (readonly [string, string])[] = [
    [
      'Leader',
      leader === null ? 'none' : `${leader.instance ?? '?'}, term ${leader.term}, for ${seconds(leader.led_seconds)}`,
    ],
    [
      'Backlog',
      `${log.backlog} events${log.oldest_seconds === null ? '' : `, the oldest ${seconds(log.oldest_seconds)} old`}`,
    ],
    ['Parked', `${log.parked} events, ${log.waiting} waiting behind them; ${log.skipped} skipped`],
    ['Replays', `${log.replays} running, ${log.replay_left} events to go`],
    ['Log', `epoch ${log.epoch}, settled at ${log.settled_position}, newest ${log.newest_position}`],
    ['Stream', stream === null ? 'unknown' : `${stream.messages} messages, ${stream.first_sequence} to `
      + `${stream.last_sequence}; marked up to ${stream.last_marked_sequence}`],
  ];
  return [
    factLines(facts),
    '',
    instances.length === 0
      ? 'No relay is running.'
      : table(
        ['INSTANCE', 'ROLE', 'PID', 'EVENTS/S', 'ACK P50 MS', 'P99 MS', 'SEEN'],
        instances.map((line) => [
          line.instance,
          line.role,
          line.pid === null ? '-' : String(line.pid),
          line.published_per_second === null ? '-' : line.published_per_second.toFixed(1),
          ms(line.ack_p50_seconds),
          ms(line.ack_p99_seconds),
          `${seconds(line.seconds)} ago`,
        ]),
      ),
    ...(problems.length === 0 ? [] : ['', ...problems.map((problem) => `! ${problem}`)]),
  ].join('\n');
}
