/** From a request to a command: who, under which idempotency key, caused by which request, answered how. */
import { hash } from 'node:crypto';
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Request } from 'express';
import { v7 } from 'uuid';
import type { Change, ChangeOutcome } from '../../commit/catalogue-transaction.ts';
import { causeOf } from '../../commit/command.ts';
import type { Answer, Command, IdempotencyKey, Metadata, Outcome, Part } from '../../commit/command.ts';
import { actorOf, contextOf, problemContextOf } from '../context.ts';
import { problemAnswer } from '../problems.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** @throws {InventoryError} validation_failed */
export function idempotencyOf(req: Request, operation: string, body: unknown): IdempotencyKey | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw new InventoryError('validation_failed', 'The Idempotency-Key must be 1 to 255 visible ASCII characters.', {
      errors: [{ pointer: '', message: 'Idempotency-Key must be 1 to 255 visible ASCII characters' }],
    });
  }
  // The parsed body, so that white space and the order of members do not matter; the path is part of what was asked.
  const asked = JSON.stringify([req.path, body]);
  return { key, operation, fingerprint: hash('sha256', asked, 'buffer') };
}

export function metadataOf(req: Request): Metadata {
  const { requestId, traceparent } = contextOf(req);
  return { request_id: requestId, traceparent };
}

export type Accepted = Extract<Outcome, { ok: true }>;

/**
 * @param operation names what is done, for the idempotency key's scope
 * @param body the parsed body: what the key's fingerprint is taken of
 * @param render makes the answer of an accepted command; a refused one becomes a problem
 * @param several where the parts are a list of the body's
 */
export function commandOf(
  req: Request, operation: string, body: unknown, parts: readonly Part[], render: (accepted: Accepted) => Answer,
  several: Pick<Command, 'list' | 'partial'> = {},
): Command {
  const problemContext = problemContextOf(req);
  return {
    actor: actorOf(req),
    parts,
    ...several,
    metadata: metadataOf(req),
    idempotency: idempotencyOf(req, operation, body),
    answer: (outcome) => (outcome.ok ? render(outcome) : problemAnswer(outcome.refusal, problemContext)),
  };
}

/** The event of a change: its id, and who and what caused it. */
export interface EventCause {
  readonly id: string;
  readonly metadata: object;
}

/**
 * A change of the catalogue, as the request asks for it.
 * @param operation names what is done, for the idempotency key's scope
 * @param body the parsed body: what the key's fingerprint is taken of
 * @param work makes the change; `event` is for what it appends
 */
export function changeOf(
  req: Request, operation: string, body: unknown,
  work: (trx: Database, event: EventCause) => Promise<ChangeOutcome>,
): Change {
  const problemContext = problemContextOf(req);
  const by = { actor: actorOf(req), metadata: metadataOf(req), idempotency: idempotencyOf(req, operation, body) };
  return {
    ...by,
    work: (trx) => work(trx, { id: v7(), metadata: causeOf(by) }),
    refused: (refusal) => problemAnswer(refusal, problemContext),
  };
}
