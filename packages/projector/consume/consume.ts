/**
 * The fast way into the view: events as the relay publishes them, confirmed by the log, written in batches and acknowledged
 * after Redis has answered. The stream may lose, repeat, reorder and make up events: nothing is taken that the log does not
 * have, every write is guarded by its version, and sealing brings what the stream does not.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NatsError } from 'nats';
import type { JsMsg, NatsConnection } from 'nats';
import { requireReadable } from '@inventory/db/formats/formats.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { faultPoint } from '@inventory/runtime/fault.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import { headerReader } from '@inventory/runtime/nats/headers.ts';
import type { NatsLink } from '@inventory/runtime/nats/link.ts';
import type { Policy } from '@inventory/runtime/policies.ts';
import { PolicyError } from '@inventory/runtime/policies.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { SpanKind, traceBatch, traceCall } from '@inventory/runtime/tracing.ts';
import type { ViewWrite } from '../view/apply.ts';
import { applyWrites, formatOf, readEvent, writeOf } from '../view/apply.ts';
import type { Binding } from './binding.ts';
import { findBinding } from './binding.ts';
import type { Claim, ConfirmedEvent } from './confirm.ts';
import { confirm, positionIn } from './confirm.ts';
import type { Brought } from '../seal/brought.ts';
import type { KnownView } from '../seal/sealer.ts';

interface ConsumeDeps {
  readonly db: Database;
  readonly nats: NatsLink;
  readonly redis: Redis;
  /** The policy of Redis. Nothing is pulled while its breaker is not closed. */
  readonly policy: Policy;
  readonly observe: ConsumeObserver;
  readonly log: Logger;
  /** Now, in milliseconds since 1970, by the clock of Postgres as far as it is known. */
  readonly databaseNowMs: () => number;
  /** What sealing knows of the view: events that it has brought are not written again. */
  readonly view: KnownView;
  /** Told of what is in the view by now, so that sealing leaves it out. */
  readonly brought?: Pick<Brought, 'way' | 'add'>;
  /** The history of schemas; that of the log where it is left out. */
  readonly history?: History;
  /** Told of every change: bound to the stream, or why not, in words. */
  readonly onState: (state: { readonly bound: boolean; readonly detail: string }) => void;
}

/** Told of what becomes of the messages, for metrics. */
export interface ConsumeObserver {
  /** A batch was written, and acknowledged. */
  written(batch: {
    readonly messages: number;
    /** For each event that changed the view, how old it was by then, in seconds; undefined where it names no time. */
    readonly applied: readonly (number | undefined)[];
    /** Events that the view knew already. */
    readonly stale: number;
    /** Fields that leapt over a version: an older event is still to come. */
    readonly gaps: number;
  }): void;
  /** An event violated its schema. */
  terminated(): void;
  /** So many messages were no events of the log. */
  refused(messages: number): void;
}

/** Messages and time of one pull; between two pulls nothing comes. Small beside MAX_ACK_PENDING, so others find enough. */
const PULL = 5_000;
const PULL_MS = 1_000;
/** Messages that are read in one turn of the event loop: sealing needs its turns, too. */
const BATCH = 1_000;
/** How long a binding is trusted before it is looked up again. */
const CHECK_MS = 1_000;
/** The pause before the next look for NATS, Redis or the stream. */
const AWAY_MS = 250;
/** A server of NATS that has answered nothing about the stream for this long is left for another one of its cluster. */
const USELESS_MS = 4_000;
/** The pause before the next look whether the rebuild is done. */
const REBUILDING_MS = 20;

export interface Consumption {
  /** Pulls once and works until the pull ends: for about a second at most. */
  readonly step: (signal: AbortSignal) => Promise<StepOutcome>;
  readonly bound: () => Binding | undefined;
  /** Milliseconds since the last message arrived; infinite before the first one. */
  readonly silentMs: () => number;
}

/** The consumption of one process. Its step is for a loop, and never runs twice at once. */
export function createConsumption(deps: ConsumeDeps): Consumption {
  let bound: Binding | undefined;
  let checkedAt = -Infinity;
  let unansweredFrom: number | undefined;
  let detail = '';
  let heardAt = -Infinity;

  const become = (next: Binding | undefined, words: string): void => {
    bound = next;
    if (words !== detail) deps.onState({ bound: next !== undefined, detail: words });
    detail = words;
  };

  const rebind = async (nats: NatsConnection): Promise<void> => {
    const result = await findBinding(deps.db, nats);
    checkedAt = performance.now();
    unansweredFrom = undefined;
    if ('consumer' in result) become(result, `${result.created}, epoch ${result.epoch}`);
    else become(undefined, result.waitingFor);
  };

  const step = async (signal: AbortSignal): Promise<StepOutcome> => {
    if (!deps.nats.isConnected()) {
      unansweredFrom = undefined;
      become(undefined, 'NATS is away');
      return AWAY_MS;
    }
    if (deps.policy.state() !== 'closed' && !await redisIsBack(deps)) return AWAY_MS;
    if (bound === undefined || performance.now() - checkedAt > CHECK_MS) {
      try {
        await rebind(await deps.nats.connection(signal));
      } catch (error) {
        const hint = deps.nats.hint();
        become(undefined, hint === undefined ? 'the stream does not answer' : `the stream does not answer; ${hint}`);
        // What fails in Postgres says nothing about the server of NATS.
        if (error instanceof NatsError) unansweredFrom ??= performance.now();
        if (unansweredFrom !== undefined && performance.now() - unansweredFrom > USELESS_MS) {
          unansweredFrom = undefined;
          await deps.nats.moveOn(detail);
        }
        throw error;
      }
    }
    if (bound === undefined) return AWAY_MS;
    // A rebuild brings all that waits here, and sealing what comes meanwhile. To consume would make both slower.
    if (deps.view.rebuilding()) return REBUILDING_MS;
    try {
      await pull(deps, bound, signal, () => { heardAt = performance.now(); });
    } catch (error) {
      // The stream or the consumer may be gone, so the binding is looked up again before the next pull.
      checkedAt = -Infinity;
      throw error;
    }
    return 'more';
  };
  return { step, bound: () => bound, silentMs: () => performance.now() - heardAt };
}

/** Asks Redis through its breaker: one cheap call decides when work begins again. */
async function redisIsBack({ policy, redis }: ConsumeDeps): Promise<boolean> {
  try {
    await policy.execute(() => redis.ping());
    return true;
  } catch {
    return false;
  }
}

/** One pull. The messages that arrive while a batch is written make the next batch; no batch waits to be full. */
async function pull(
  deps: ConsumeDeps, { consumer, epoch }: Binding, signal: AbortSignal, onMessage: () => void,
): Promise<void> {
  const messages = await consumer.fetch({ max_messages: PULL, expires: PULL_MS });
  const stop = (): void => { messages.stop(); };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const waiting: JsMsg[] = [];
  let writing: Promise<void> | undefined;

  const writeAll = async (): Promise<void> => {
    // All messages that arrive in the same turn make one batch.
    await nextTurn();
    while (waiting.length > 0) await writeBatch(deps, epoch, waiting.splice(0, BATCH));
    writing = undefined;
  };
  let failure: unknown;
  for await (const message of messages) {
    onMessage();
    waiting.push(message);
    writing ??= writeAll().catch((error: unknown) => {
      failure = error;
      messages.stop();
    });
  }
  signal.removeEventListener('abort', stop);
  await writing;
  // Without acknowledgement all of it comes again; by then sealing has probably brought it.
  if (failure !== undefined && !turnedAway(failure)) throw new Error('a batch was not written', { cause: failure });
}

function turnedAway(error: unknown): boolean {
  return error instanceof PolicyError && error.kind !== 'timeout';
}

/** A message whose event is in the view already, or is to be looked up in the log. */
interface Claimed { readonly message: JsMsg; readonly claim: Claim | undefined }
interface Readable {
  readonly message: JsMsg;
  readonly write: ViewWrite | undefined;
  /** Where its event stands in the log; undefined where sealing has brought it. */
  readonly position: number | undefined;
  readonly atMs: number;
}

function writeBatch(deps: ConsumeDeps, epoch: string, messages: readonly JsMsg[]): Promise<void> {
  return traceBatch({
    name: 'process INVENTORY',
    kind: SpanKind.CONSUMER,
    attributes: {
      'messaging.system': 'nats', 'messaging.operation.name': 'process', 'messaging.operation.type': 'process',
      'messaging.destination.name': 'INVENTORY', 'messaging.batch.message_count': messages.length,
    },
    traceparents: () => messages.map(({ headers }) => headers?.get('ce-traceparent')),
  }, () => processBatch(deps, epoch, messages));
}

async function processBatch(deps: ConsumeDeps, epoch: string, messages: readonly JsMsg[]): Promise<void> {
  const readable = await readMessages(deps, epoch, messages);
  const writes = readable.flatMap(({ write }) => write ?? []);
  const way = deps.brought?.way();
  const { written, gaps } = writes.length === 0 ? { written: [], gaps: 0 }
    : await traceCall({
      name: 'apply to the view', kind: SpanKind.CLIENT,
      attributes: { 'db.system.name': 'redis', 'db.operation.batch.size': writes.length },
    }, () => deps.policy.execute(() => applyWrites(deps.redis, writes)));
  deps.brought?.add(way, epoch, readable.flatMap(({ position }) => position ?? []));
  faultPoint('consume.written');
  const now = deps.databaseNowMs();
  let next = 0;
  const applied: (number | undefined)[] = [];
  for (const { message, write, atMs } of readable) {
    message.ack();
    if (write === undefined || written[next++] !== true) continue;
    applied.push(Number.isFinite(atMs) ? Math.max(0, now - atMs) / 1000 : undefined);
  }
  deps.observe.written({ messages: messages.length, applied, stale: readable.length - applied.length, gaps });
}

/**
 * What the messages write, by what the log says of them. Left out, and never delivered again, are those that the log does
 * not confirm, and those whose event violates its schema.
 * @throws {TooNew} when only a newer release can read one of them: all of them are delivered again
 */
async function readMessages(deps: ConsumeDeps, epoch: string, messages: readonly JsMsg[]): Promise<readonly Readable[]> {
  const { view } = deps;
  const strange: JsMsg[] = [];
  const claimed = messages.flatMap((message): readonly Claimed[] => {
    const header = headerReader(message);
    const position = positionIn(header('ce-sequence'));
    if (position !== undefined) return [{ message, claim: position <= view.position(epoch) ? undefined : { position, id: header('ce-id') } }];
    strange.push(message);
    return [];
  });
  const events = await confirm(deps.db, claimed.flatMap(({ claim }) => claim ?? []));
  await requireReadable(deps.db, events.flatMap((event) => (event === undefined ? [] : [formatOf(event)])), deps.history);
  let next = 0;
  const readable = claimed.flatMap(({ message, claim }): readonly Readable[] => {
    // Sealing has brought its event.
    if (claim === undefined) return [{ message, write: undefined, position: undefined, atMs: NaN }];
    const event = events[next++];
    if (event !== undefined) return readEventOf(deps, epoch, { message, event, position: claim.position });
    strange.push(message);
    return [];
  });
  refuse(deps, strange);
  return readable;
}

/** What an event writes. The list is empty when it violates its schema; it would do so every time. */
function readEventOf(
  { log, observe, history }: ConsumeDeps, epoch: string, { message, event, position }: {
    readonly message: JsMsg; readonly event: ConfirmedEvent; readonly position: number;
  },
): readonly Readable[] {
  const { event_type: type, schema_version: version, payload, atMs, id } = event;
  try {
    return [{ message, write: writeOf(epoch, readEvent({ type, version, payload }, history)), position, atMs }];
  } catch (error) {
    message.term();
    observe.terminated();
    log.error('an event violates its schema and was terminated', {
      subject: message.subject, sequence: message.seq, event_id: id, error,
    });
    return [];
  }
}

/** Ends messages that are no events of the log. One line for a batch, because there may be any number of them. */
function refuse({ log, observe }: ConsumeDeps, strange: readonly JsMsg[]): void {
  const [first] = strange;
  if (first === undefined) return;
  for (const message of strange) message.term();
  observe.refused(strange.length);
  log.error('messages of the stream are no events of the log and were refused: who else may publish there?', {
    messages: strange.length, subject: first.subject, sequence: first.seq, event_id: headerReader(first)('ce-id') || null,
  });
}
