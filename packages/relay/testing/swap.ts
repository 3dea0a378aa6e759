/** Rounds of publishing while acknowledgements are lost, repeated, reordered and late. */
import { connect } from 'nats';
import { expect } from 'chai';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Service } from '@inventory/testkit/servers/services.ts';
import { publishChained } from '../publish/chain.ts';
import { initialState, relayBatch } from '../publish/batch.ts';
import type { RelayDeps, RelayState } from '../publish/batch.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { createMischief, seededRandom } from './acks.ts';
import { createBench, drain, streamFaults } from './workbench.ts';

// Short, so that a swallowed acknowledgement does not cost two seconds a round.
const TIMEOUT_MS = 60;
const ROWS = 3;

/**
 * Each round appends one to four events to one of three rows, and steps the relay once; one round in twenty another
 * relay takes over, and the former one steps too, as a frozen one that wakes up. At the end all is let through.
 * @returns what is wrong between log and stream, in words
 */
export async function swapRounds(
  server: Service,
  { rounds, seed, chained = true }: { readonly rounds: number; readonly seed: number; readonly chained?: boolean },
): Promise<readonly string[]> {
  const random = seededRandom(seed);
  const bench = await createBench(server);
  const proxy = await startProxy({ targetPort: server.port });
  const mischief = createMischief(random);
  const nats = await connect({ servers: `127.0.0.1:${proxy.port}`, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
  const publisher = { nats, stream: STREAM, chained, timeoutMs: TIMEOUT_MS };
  const never = new AbortController().signal;
  const newRelay = async (): Promise<{ readonly deps: RelayDeps; readonly state: RelayState }> => ({
    deps: bench.relay(await bench.newTerm(), {
      batchSize: 7, publish: (messages, base) => publishChained(publisher, messages, base),
    }),
    state: initialState(),
  });
  try {
    const stockIds = await addStockRows(bench.pool, { rows: ROWS });
    let relay = await newRelay();
    await drain(relay.deps, relay.state);
    proxy.transform(mischief.hook);
    let interrupted = 0;
    let zombies = 0;
    for (let round = 0; round < rounds; round += 1) {
      const stockId = stockIds[Math.floor(random() * ROWS)] ?? '';
      await appendStockEvents(bench.pool, { stockIds: [stockId], each: 1 + Math.floor(random() * 4) });
      const steps = [relay];
      if (random() < 0.05) {
        relay = await newRelay();
        steps.push(relay);
        zombies += 1;
      }
      // The former one may find its term over; whatever an interrupted step leaves, the next one has to clear up.
      const outcomes = await Promise.allSettled(steps.map(({ deps, state }) => relayBatch(deps, state, never)));
      interrupted += outcomes.filter(({ status }) => status === 'rejected').length;
    }
    mischief.stop();
    relay = await newRelay();
    const last = drain(relay.deps, relay.state);
    // Without the chain the marks are wrong too, and the tail read says so.
    await (chained ? last : last.catch(() => undefined));
    const { passed, dropped, repeated, delayed } = mischief.done;
    process.stdout.write(`      seed ${seed}: ${rounds} rounds, ${zombies} take-overs, ${interrupted} steps interrupted; `
      + `acknowledgements: ${passed} passed, ${dropped} dropped, ${repeated} repeated, ${delayed} delayed\n`);
    // Without the chain the relay soon refuses to go on, so there the faults alone say what came about. A take-over
    // comes once in some twenty rounds: a short run may well have none.
    const hurt = chained ? { interrupted, dropped, repeated, delayed, ...(rounds < 500 ? {} : { zombies }) } : {};
    for (const [what, count] of Object.entries(hurt)) {
      expect(count, `${what}: or it proved nothing`).to.be.above(0);
    }
    return await streamFaults(bench);
  } finally {
    await nats.close();
    await proxy.close();
    await bench.close();
  }
}

/** A seed by chance, unless one is given to repeat a run. */
export function seedOfRun(given: string | undefined): number {
  return Number(given ?? Math.floor(Math.random() * 2 ** 32));
}
