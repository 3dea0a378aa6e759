/** Rounds of publishing while acknowledgements get lost, repeated, reordered and late. */
import { connect } from 'nats';
import { expect } from 'chai';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { publishChained } from '../publish/chain.ts';
import { initialState, publishBatch } from '../publish/batch.ts';
import type { BatchState } from '../publish/batch.ts';
import type { BatchDeps } from '../publish/deps.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { createMischief, seededRandom } from './acks.ts';
import { createWorkbench, drain, streamFaults } from './workbench.ts';

// Short, so that a swallowed acknowledgement does not cost two seconds a round.
const TIMEOUT_MS = 60;
const ROWS = 3;

/**
 * Each round appends one to four events to one of three rows, and steps the relay once. In one of twenty rounds another relay
 * takes over, and the former one steps, too, like a frozen one that wakes up. In the end all acknowledgements pass.
 * @returns what is wrong between log and stream, in words
 */
export async function swapRounds(
  server: Service,
  { rounds, seed, chained = true }: { readonly rounds: number; readonly seed: number; readonly chained?: boolean },
): Promise<readonly string[]> {
  const random = seededRandom(seed);
  const workbench = await createWorkbench(server);
  const proxy = await startProxy({ targetPort: server.port });
  const mischief = createMischief(random);
  const nats = await connect({ servers: `127.0.0.1:${proxy.port}`, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
  const publisher = { nats, stream: STREAM, chained, timeoutMs: TIMEOUT_MS };
  const never = new AbortController().signal;
  const newRelay = async (): Promise<{ readonly deps: BatchDeps; readonly state: BatchState }> => ({
    deps: workbench.relay(await workbench.newTerm(), {
      batchSize: 7, publish: (messages, base) => publishChained(publisher, messages, base),
    }),
    state: initialState(),
  });
  try {
    const stockIds = await addStockRows(workbench.pool, { rows: ROWS });
    let relay = await newRelay();
    await drain(relay.deps, relay.state);
    proxy.transform(mischief.hook);
    let interrupted = 0;
    let zombies = 0;
    for (let round = 0; round < rounds; round += 1) {
      const stockId = stockIds[Math.floor(random() * ROWS)] ?? '';
      await appendStockEvents(workbench.pool, { stockIds: [stockId], each: 1 + Math.floor(random() * 4) });
      const steps = [relay];
      if (random() < 0.05) {
        relay = await newRelay();
        steps.push(relay);
        zombies += 1;
      }
      // The former relay may find its term over. The next step has to clear up what an interrupted one leaves.
      const outcomes = await Promise.allSettled(steps.map(({ deps, state }) => publishBatch(deps, state, never)));
      interrupted += outcomes.filter(({ status }) => status === 'rejected').length;
    }
    mischief.stop();
    relay = await newRelay();
    const last = drain(relay.deps, relay.state);
    // Without the chain the marks are wrong, too, and the tail read fails.
    await (chained ? last : last.catch(() => undefined));
    const { passed, dropped, repeated, delayed } = mischief.done;
    process.stdout.write(`      seed ${seed}: ${rounds} rounds, ${zombies} take-overs, ${interrupted} steps interrupted; `
      + `acknowledgements: ${passed} passed, ${dropped} dropped, ${repeated} repeated, ${delayed} delayed\n`);
    // Without the chain the relay soon refuses to go on, and the faults alone say what happened. A take-over comes once in
    // twenty rounds, so a short run may have none.
    const hurt = chained ? { interrupted, dropped, repeated, delayed, ...(rounds < 500 ? {} : { zombies }) } : {};
    for (const [what, count] of Object.entries(hurt)) {
      expect(count, `${what}: or it proved nothing`).to.be.above(0);
    }
    return await streamFaults(workbench);
  } finally {
    await nats.close();
    await proxy.close();
    await workbench.close();
  }
}

/** A random seed, or the given one, to repeat a run. */
export function seedOfRun(given: string | undefined): number {
  return Number(given ?? Math.floor(Math.random() * 2 ** 32));
}
