/**
 * `relay watch`: shows events as they are published, for a person or a pipe. It is an ordinary subscription: what is
 * published while it is not connected, or faster than its output is read, is not shown. Whoever needs every event uses a
 * durable consumer (docs/events.md).
 */
import type { Command } from 'commander';
import type { Msg, NatsConnection } from 'nats';
import { liveSubjects } from '@inventory/domain/subjects.ts';
import { withNats } from '@inventory/runtime/cli/connections.ts';
import { printable } from '@inventory/runtime/cli/output.ts';
import { UsageError } from '@inventory/runtime/cli/usage.ts';
import { jsonLine } from '@inventory/runtime/log-fields.ts';
import { untilStopped } from '@inventory/runtime/stop-signal.ts';
import { readWatchConfig } from '../config.ts';

interface Options { readonly json?: true }

/** What may wait for a reader of stdout; beyond it events are left out, and counted. In bytes. */
const MAX_UNREAD = 8_000_000;
/** A token of a subject: anything but blanks, which would end it on the wire, dots and wildcards; or one wildcard. */
const SUBJECT = /^(?:[^\s.*>\p{C}]+|\*)(?:\.(?:[^\s.*>\p{C}]+|\*))*(?:\.>)?$|^>$/u;

/** Adds the command to the program; it sets the exit code. */
export function addWatchCommand(program: Command): void {
  program.command('watch [subjects...]')
    .description('show events as they are published, until Ctrl-C')
    .option('--json', 'one JSON object a line: received_at, subject, headers, data')
    .addHelpText('after', `
A line for each event: when it arrived, its subject, its payload. Without subjects: all events. A subject is the type of
the event and its store; * stands for one part of it, > for all the rest. Quote them, or the shell reads * and >.

  relay watch                            everything
  relay watch 'stock.>'                  every change of stock
  relay watch 'reservation.*.MAD-001'    what happens to reservations in the store MAD-001
  relay watch 'replay.5f1c0a9be2.>'      a replay
  relay watch --json 'stock.>' | jq -r '[.data.store_id, .data.available] | @tsv'

Only what is published from now on is shown. It reads NATS_URL alone (tls:// and a user or token in it work), and needs
neither a relay nor the database. Exit codes: 0 ended by Ctrl-C or by its reader, 1 NATS is not there or refuses, 2 wrong
usage or configuration.`)
    .action((subjects: readonly string[], options: Options) => watch(subjects.map(parseSubject), options));
}

/** @throws {UsageError} for what is no subject: the client would write it to the wire as it is */
function parseSubject(text: string): string {
  if (!SUBJECT.test(text)) throw new UsageError(`${JSON.stringify(text)} is no subject, such as stock.updated.MAD-001 or stock.>`);
  return text;
}

async function watch(chosen: readonly string[], options: Options): Promise<void> {
  const { NATS_URL: url } = readWatchConfig();
  const subjects = chosen.length === 0 ? liveSubjects : chosen;
  await untilStopped('interrupted', (signal) => withNats({
    url, name: 'relay-watch',
    onState: (state, detail) => { tell(`${state === 'connected' ? 'Watching' : 'Not watching'} ${subjects.join(' ')}: ${detail}`); },
  }, (nats) => showUntil(nats, subjects, options, signal)));
  process.exitCode = 0;
}

/** @throws what NATS says when it refuses a subject, or has closed the connection for good */
async function showUntil(
  nats: NatsConnection, subjects: readonly string[], options: Options, signal: AbortSignal,
): Promise<void> {
  const ended = Promise.withResolvers<undefined>();
  const end = (): void => { ended.resolve(undefined); };
  signal.addEventListener('abort', end);
  // Its reader has gone: `relay watch | head`.
  process.stdout.once('error', end);
  nats.closed().then((error) => { ended.reject(error ?? new Error('NATS closed the connection')); }, ended.reject);
  let leftOut = 0;
  const show = (message: Msg): void => {
    if (process.stdout.writableLength > MAX_UNREAD) {
      if (leftOut === 0) tell('The output is read too slowly: events are left out');
      leftOut += 1;
      return;
    }
    if (leftOut > 0) tell(`${leftOut} events were left out`);
    leftOut = 0;
    process.stdout.write(`${options.json === true ? jsonLine(asJson(message)) : asText(message)}\n`);
  };
  const subscriptions = subjects.map((subject) => nats.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) show(message);
      else ended.reject(error);
    },
  }));
  try {
    await ended.promise;
  } finally {
    signal.removeEventListener('abort', end);
    for (const subscription of subscriptions) subscription.unsubscribe();
  }
}

function tell(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

function asText({ subject, data }: Msg): string {
  return `${new Date().toISOString()} ${printable(subject)} ${printable(Buffer.from(data).toString())}`;
}

function asJson({ subject, headers, data }: Msg): object {
  return {
    received_at: new Date().toISOString(), subject,
    headers: Object.fromEntries((headers?.keys() ?? []).map((name) => [name, headers?.get(name)])),
    ...dataOf(Buffer.from(data)),
  };
}

/** Payloads of ours are JSON; others may be anything. */
function dataOf(bytes: Buffer): { readonly data: unknown } | { readonly data_base64: string } {
  try {
    return { data: JSON.parse(bytes.toString()) };
  } catch {
    return { data_base64: bytes.toString('base64') };
  }
}
