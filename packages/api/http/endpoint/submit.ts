/**
 * From a request to a command, and from what became of it to the answer: who asks, under which idempotency key, because
 * of which request.
 */
import { hash } from 'node:crypto';
import type { Database } from '@inventory/db/pool.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import type { Request } from 'express';
import { commitToCatalogue } from '../../commit/catalogue-transaction.ts';
import type { CatalogueOutcome } from '../../commit/catalogue-transaction.ts';
import { metadataOf } from '../../commit/command.ts';
import type {
  Accepted, Answer, Cause, Command, IdempotencyKey, Metadata, Outcome, Part, Settled, SettledCommand,
} from '../../commit/command.ts';
import type { Committer } from '../../commit/committer.ts';
import { named } from '../../commit/names.ts';
import { newId } from '../../ids.ts';
import { actorOf, contextOf, problemContextOf } from '../context.ts';
import { problemAnswer } from '../problems.ts';

/** The problems of an endpoint that submits commands, beside those of the commands themselves. */
export const commitProblems = ['idempotency_key_reused', 'lock_timeout', 'overloaded', 'outcome_unknown'] as const;
/** The same of an endpoint that changes the catalogue. */
export const catalogueProblems = ['idempotency_key_reused', 'lock_timeout', 'outcome_unknown'] as const;

const KEY = /^[\x21-\x7e]{1,255}$/;

/** What asks for a change. */
interface Asking {
  readonly req: Request;
  /** The endpoint's id: the scope of its idempotency keys. */
  readonly id: string;
  /** True where the Idempotency-Key of the request counts. */
  readonly idempotent: boolean;
  /** The parsed body: a key's fingerprint is taken of it. */
  readonly body: unknown;
}

interface SubmitOptions extends Pick<Command, 'list' | 'partial' | 'fault'> {
  /** Of a partial command: which parts a stored answer says were done (commit/denied-today.ts). */
  readonly done?: (answer: Answer) => ReadonlySet<number> | undefined;
  /** What the client is told in the place of a refusal. */
  readonly tell?: (refusal: Refusal) => Refusal;
}

/**
 * Submits one command to the group commit.
 * @param render makes the answer of an accepted command, maybe while the transaction is open; a refused one becomes a
 * problem
 * @throws {InventoryError} validation_failed for a malformed Idempotency-Key, and what `committer.submit` throws
 */
export type Submit = (
  committer: Pick<Committer, 'submit'>, parts: readonly Part[], render: (accepted: Accepted) => Answer,
  options?: SubmitOptions,
) => Promise<Answer>;

/** The event of a catalogue transaction: its id, and who and what caused it. */
export interface EventCause {
  readonly id: string;
  readonly metadata: object;
}

/** Makes the change in the transaction that it is given; `event` is for the event that it appends. */
type CatalogueWork<T> = (trx: Database, event: EventCause) => Promise<CatalogueOutcome<T>>;

/**
 * Commits one change of the catalogue.
 * @param render makes the answer of a change that was made; a refused one becomes a problem
 * @throws {InventoryError} validation_failed for a malformed Idempotency-Key, and what `commitToCatalogue` throws
 */
export type SubmitToCatalogue = <T>(
  db: Database, work: CatalogueWork<T>, render: (value: T) => Answer,
) => Promise<Answer>;

/** What is to be committed, by something else than the group commit and the catalogue: who asks, and under which key. */
interface CauseOf<O> extends Cause {
  readonly actor: Actor;
  readonly idempotency: IdempotencyKey<O> | undefined;
}

/**
 * Commits a change in a way of its own.
 * @param render makes the answer of a change that was made; a refused one becomes a problem
 * @throws {InventoryError} validation_failed for a malformed Idempotency-Key, and what `commit` throws
 */
export type SubmitThrough = <T>(
  commit: (cause: CauseOf<CatalogueOutcome<T>>) => Promise<Settled<CatalogueOutcome<T>>>, render: (value: T) => Answer,
) => Promise<Answer>;

export function submitFor(asking: Asking): Submit {
  return async (committer, parts, render, { tell, done, ...several } = {}) => {
    const problemContext = problemContextOf(asking.req);
    const renderAll = (outcome: Outcome): Answer => (outcome.ok ? render(outcome)
      : problemAnswer(tell === undefined ? outcome.refusal : tell(outcome.refusal), problemContext));
    const { idempotency, ...cause } = causeIn(asking, renderAll);
    // Without a key there is no stored answer to look for.
    if (several.fault !== undefined && idempotency === undefined) return renderAll({ ok: false, refusal: several.fault });
    const settled = await committer.submit({
      ...cause, parts, ...several,
      idempotency: idempotency === undefined || done === undefined ? idempotency : { ...idempotency, done },
    });
    noteRow(asking.req, settled);
    return named(answerOf(settled, renderAll), settled.names, cause.actor.role);
  };
}

export function submitToCatalogueFor(asking: Asking): SubmitToCatalogue {
  const submit = submitThroughFor(asking);
  return (db, work, render) => submit(
    (cause) => commitToCatalogue(db, { ...cause, work: (trx) => work(trx, { id: newId(), metadata: metadataOf(cause) }) }), render);
}

export function submitThroughFor(asking: Asking): SubmitThrough {
  return async <T>(commit: (cause: CauseOf<CatalogueOutcome<T>>) => Promise<Settled<CatalogueOutcome<T>>>, render: (value: T) => Answer) => {
    const problemContext = problemContextOf(asking.req);
    const renderAll = (outcome: CatalogueOutcome<T>): Answer =>
      (outcome.ok ? render(outcome.value) : problemAnswer(outcome.refusal, problemContext));
    return answerOf(await commit(causeIn(asking, renderAll)), renderAll);
  };
}

function causeIn<O>(asking: Asking, render: (outcome: O) => Answer) {
  return {
    actor: actorOf(asking.req), metadata: traceOf(asking.req), idempotency: idempotencyOf(asking, render),
    requestNamed: contextOf(asking.req).requestNamed,
  };
}

function traceOf(req: Request): Metadata {
  const { requestId, traceparent } = contextOf(req);
  return { request_id: requestId, traceparent };
}

/** @throws {InventoryError} validation_failed */
function idempotencyOf<O>(
  { req, id, idempotent, body }: Asking, render: (outcome: O) => Answer,
): IdempotencyKey<O> | undefined {
  const key = idempotent ? req.get('idempotency-key') : undefined;
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw new InventoryError('validation_failed', 'The Idempotency-Key must be 1 to 255 visible ASCII characters.', {
      errors: [{ pointer: '', message: 'Idempotency-Key must be 1 to 255 visible ASCII characters' }],
    });
  }
  // The parsed body, so that white space and the order of members do not matter; the path is part of what was asked.
  return { key, operation: id, fingerprint: hash('sha256', JSON.stringify([req.path, body]), 'buffer'), render };
}

/** The answer as stored, where there is one: a repeat of it says so in a header. */
function answerOf<O>(settled: Settled<O>, render: (outcome: O) => Answer): Answer {
  if (settled.kind === 'decided') return settled.stored ?? render(settled.outcome);
  const { status, headers, body } = settled.stored;
  return { status, headers: { ...headers, 'idempotency-replayed': 'true' }, body };
}

/** For the log line and the metric: a request that names a reservation does not say of which store and product it is. */
function noteRow(req: Request, settled: SettledCommand): void {
  const { fields, stores } = contextOf(req);
  if (settled.stores.length === 0) return;
  stores.push(...settled.stores);
  const [store] = settled.stores;
  if (store !== undefined && settled.stores.length === 1) fields['store_id'] = store;
  const results = settled.kind === 'decided' && settled.outcome.ok ? settled.outcome.results : [];
  const [{ reservation } = {}] = results;
  if (reservation === undefined || results.length > 1) return;
  Object.assign(fields, { product_id: reservation.productId, quantity: reservation.quantity });
}
