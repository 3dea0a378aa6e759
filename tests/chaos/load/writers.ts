/**
 * Writers. Most requests carry an Idempotency-Key and are repeated under it until the outcome is known. Requests without a
 * key are never repeated. Some known outcomes are asked for again, to see that the answer is the same.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from '../plan/random.ts';
import type { Ask, Reply } from './ask.ts';
import type { Gate } from './gate.ts';
import type { ApiName, History } from './history.ts';
import { outcomeOf } from './history.ts';
import { drawRequest } from './operations.ts';
import type { Held, Request } from './operations.ts';

interface WriterDeps {
  readonly ask: Ask;
  readonly history: History;
  readonly gate: Gate;
  readonly random: Random;
  readonly products: readonly string[];
  readonly stores: readonly string[];
  /** Aborts when the load is over. */
  readonly signal: AbortSignal;
  readonly pauseMs: number;
  /** The prefix of this writer's tags and keys. */
  readonly name: string;
}

const KEYED_SHARE = 0.85;
const REPEATED_SHARE = 0.1;
/** Repeats of an unknown outcome go on for about a minute. */
const TRIES = 60;
const RETRY_MS = [200, 1_000] as const;
/** The size of a writer's pool; older holds leave it and expire. */
const MOST_HELD = 40;

const held = z.object({ reservation_id: z.string() });
const cart = z.object({ batch_id: z.string(), reservations: z.array(z.unknown()) });

/** Writes until the signal aborts. Resolves when the last answer is there. */
export async function runWriter(deps: WriterDeps): Promise<void> {
  const { random, signal, name, pauseMs } = deps;
  const pool: Held[] = [];
  let tags = 0;
  const tag = (): string => `${name}-${tags += 1}`;
  const take = (): Held | undefined => (pool.length === 0 ? undefined : pool.splice(random.int(0, pool.length - 1), 1)[0]);
  while (!signal.aborted) {
    const request = drawRequest({ ...deps, tag, take });
    const key = random.chance(KEYED_SHARE) ? `key-${tag()}` : undefined;
    const reply = await carryOut(deps, request, key);
    pool.push(...heldBy(request, reply));
    pool.splice(0, pool.length - MOST_HELD);
    await delay(random.int(0, 2 * pauseMs));
  }
}

async function carryOut(deps: WriterDeps, request: Request, key: string | undefined): Promise<Reply> {
  const { random, signal } = deps;
  for (let tried = 1; ; tried += 1) {
    const reply = await send(deps, request, key);
    if (outcomeOf(reply.status) !== 'unknown') {
      if (key !== undefined && random.chance(REPEATED_SHARE)) await send(deps, request, key);
      return reply;
    }
    if (key === undefined || tried === TRIES || signal.aborted) return reply;
    await delay(random.int(...RETRY_MS));
  }
}

/** Sends the request once. It waits at the gate before each try. */
async function send({ ask, history, random, gate }: WriterDeps, request: Request, key: string | undefined): Promise<Reply> {
  await gate.pass();
  const { kind, tag, productId, storeId, subjectId, events, method, path, body } = request;
  const api: ApiName = random.pick(['api-1', 'api-2'] as const);
  const invoked = history.invoke({ api, kind, tag, key, productId, storeId, subjectId, events });
  const reply = await ask(api, method, path, { body, key });
  invoked.end(reply.status, reply.text);
  return reply;
}

/** The holds that a successful answer adds to the pool: a new one, or one that was extended. */
function heldBy({ kind, subjectId }: Request, { status, body }: Reply): readonly Held[] {
  if (outcomeOf(status) !== 'ok') return [];
  if (kind === 'reserve') return [{ id: held.parse(body).reservation_id, cart: false, lines: 1 }];
  if (kind === 'extend' && subjectId !== undefined) return [{ id: subjectId, cart: false, lines: 1 }];
  if (kind !== 'cart') return [];
  const { batch_id: id, reservations } = cart.parse(body);
  return [{ id, cart: true, lines: reservations.length }];
}
