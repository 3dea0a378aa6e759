/** Whole relay processes on a private database and NATS server, and the ways in which tests hurt them. */
import { expect } from 'chai';
import { quantile } from '@inventory/runtime/quantile.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows } from '@inventory/testkit/log/fixture.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startWriters } from '@inventory/testkit/log/writers.ts';
import type { Writers } from '@inventory/testkit/log/writers.ts';
import { createWorkbench, streamFaults } from './workbench.ts';
import type { Workbench } from './workbench.ts';

type Env = Readonly<Record<string, string>>;

export interface Relays {
  readonly workbench: Workbench;
  readonly server: Service;
  start(env?: Env): Promise<TestProcess>;
  /** Runs a command of the relay to its end, as an operator would. */
  run(args: readonly string[], env?: Env): Promise<{ readonly code: number | null; readonly said: string }>;
  /** Starts a command of the relay, which is killed at the latest by `close`. */
  spawn(args: readonly string[]): Promise<TestProcess>;
  /** Resolves with the log line that says so. */
  leads(relay: TestProcess): Promise<Readonly<Record<string, unknown>>>;
  writers(): Promise<Writers>;
  /** Writes until the promise settles. */
  writeUntil(end: Promise<unknown>): Promise<void>;
  /** Waits until everything is published, then compares the stream with the log. */
  expectOneCopyEach(): Promise<void>;
  everythingPublished(): Promise<void>;
  /** Resolves when it is ready again, within the ten seconds that it has (docs/invariants.md, I19). */
  becomesReady(relay: TestProcess): Promise<void>;
  becomesUnready(relay: TestProcess, reason: RegExp): Promise<void>;
  /** Takes the leader away so many times: by kill -9, or by a freeze that ends when another one leads. */
  takeAwayTheLeader(options: { readonly rounds: number; readonly how: (round: number) => 'kill' | 'freeze' }): Promise<{
    /** From the blow until another one leads, in ms. */
    readonly tookMs: Readonly<Record<'kill' | 'freeze', readonly number[]>>;
  }>;
  /** A leader freezes between fetching and publishing a batch; another one leads and publishes; the first wakes up. */
  freezeWithBatchInHand(env?: Env): Promise<{
    readonly faults: readonly string[];
    readonly tookOverAfterMs: number;
    /** Publishes of the first one that were refused after it woke up. */
    readonly refused: number;
  }>;
  close(): Promise<void>;
}

function describeMs(how: string, values: readonly number[]): string {
  if (values.length === 0) return '';
  const sorted = values.toSorted((a, b) => a - b);
  return `${values.length} × ${how}: median ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms, max ${sorted.at(-1)} ms; `;
}

/**
 * @param adminUrl a PostgreSQL other than that of DATABASE_URL, for a test that hurts it
 * @param nats the server that the test itself talks to, such as one of a cluster; it is stopped with the relays
 */
export async function createRelays(
  { adminUrl, nats }: { readonly adminUrl?: string; readonly nats?: Service } = {},
): Promise<Relays> {
  const server = nats ?? await startNats();
  const workbench = await createWorkbench(server, adminUrl);
  const running: TestProcess[] = [];

  const start = async (env: Env = {}): Promise<TestProcess> => {
    const relay = await startProcess({
      command: 'relay', args: ['run'], env: { DATABASE_URL: workbench.url, NATS_URL: server.url, ...env },
    });
    running.push(relay);
    return relay;
  };
  // A relay may lead and stand by more than once; its last line about that counts.
  const becomes = (relay: TestProcess, role: 'leader' | 'standby') => eventually(() => {
    const last = relay.logs.findLast(({ message }) => message === 'leader' || message === 'standby');
    if (last?.message !== role) throw new Error(`is ${last?.message}`);
    return last;
  }, { timeoutMs: 30_000, everyMs: 5, what: `to become ${role}` });
  const leads = (relay: TestProcess) => becomes(relay, 'leader');
  const standsBy = (relay: TestProcess) => becomes(relay, 'standby');
  const writers = async (): Promise<Writers> =>
    startWriters(workbench.pool, { stockIds: await addStockRows(workbench.pool, { rows: 10 }) });
  const everythingPublished = async (): Promise<void> => {
    await eventually(async () => {
      const { count } = await workbench.db.selectFrom('events_unpublished')
        .select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
      expect(count, 'events not yet published').to.equal(0);
    }, { timeoutMs: 30_000 });
  };
  const expectOneCopyEach = async (): Promise<void> => {
    await everythingPublished();
    expect(await streamFaults(workbench)).to.deep.equal([]);
  };

  const lastSequence = async (): Promise<number> => (await workbench.jsm.streams.info('INVENTORY')).state.last_seq;
  const lastSequenceAbove = (sequence: number): Promise<void> => eventually(async () => {
    expect(await lastSequence(), 'last sequence of the stream').to.be.above(sequence);
  });

  const spawn = async (args: readonly string[], env: Env = {}): Promise<TestProcess> => {
    const child = await spawnProcess({
      command: 'relay', args, env: { DATABASE_URL: workbench.url, NATS_URL: server.url, ...env },
    });
    running.push(child);
    return child;
  };
  const run = async (args: readonly string[], env: Env = {}) => {
    const child = await spawn(args, env);
    const { code } = await child.exited;
    return { code, said: child.noise.join('\n') };
  };

  const ready = async (relay: TestProcess) => {
    const response = await fetch(`http://127.0.0.1:${relay.opsPort}/readyz`);
    return { ok: response.status === 200, reason: (await response.text()).trim() };
  };
  const becomesReady = (relay: TestProcess) => eventually(async () => {
    expect(await ready(relay)).to.deep.equal({ ok: true, reason: 'ok' });
  }, { timeoutMs: 10_000, what: 'ready again within 10 s' });
  const becomesUnready = (relay: TestProcess, reason: RegExp) => eventually(async () => {
    const state = await ready(relay);
    expect(state.ok).to.equal(false);
    expect(state.reason).to.match(reason);
  }, { timeoutMs: 15_000, what: 'not ready' });

  return {
    workbench, server, start, run, spawn, leads, becomesReady, becomesUnready, writers, everythingPublished, expectOneCopyEach,

    async writeUntil(end) {
      const writing = await writers();
      await end;
      await writing.stop();
    },

    async takeAwayTheLeader({ rounds, how }) {
      let leader = await start();
      await leads(leader);
      let standby = await start();
      const writing = await writers();
      const tookMs: Record<'kill' | 'freeze', number[]> = { kill: [], freeze: [] };
      let unmarked = 0;
      for (let round = 0; round < rounds; round += 1) {
        const enough = writing.committed() + 10 + Math.random() * 100;
        await eventually(() => { expect(writing.committed()).to.be.above(enough); });
        const blow = how(round);
        const atMs = performance.now();
        process.kill(leader.pid, blow === 'kill' ? 'SIGKILL' : 'SIGSTOP');
        const line = await leads(standby);
        tookMs[blow].push(Math.round(performance.now() - atMs));
        unmarked += Number(line['marked']);
        const former = leader;
        leader = standby;
        if (blow === 'freeze') former.resume();
        else await former.exited;
        standby = blow === 'freeze' ? former : await start();
        // A relay that was frozen must notice that it does not lead any more before it can stand by.
        if (blow === 'freeze') await standsBy(former);
      }
      const committed = await writing.stop();
      process.stdout.write(`      ${committed} events; ${unmarked} found unmarked in the tail; until another led: `
        + `${describeMs('kill', tookMs.kill)}${describeMs('freeze', tookMs.freeze)}\n`);
      await expectOneCopyEach();
      expect(await lastSequence(), 'events in the stream').to.equal(committed);
      return { tookMs };
    },

    async freezeWithBatchInHand(env = {}) {
      const zombie = await start({ ...env, TEST_FAULT_POINT: 'stop:relay.fetched@20' });
      await leads(zombie);
      const successor = await start(env);
      const writing = await writers();
      await eventually(async () => {
        const { rows } = await workbench.pool.query<{ silent: boolean }>(
          "SELECT clock_timestamp() - beat_at > interval '1 second' AS silent FROM relay_leader");
        expect(rows[0]?.silent, 'the leader is silent').to.equal(true);
      }, { timeoutMs: 30_000 });
      const frozenAtMs = performance.now() - 1000;
      const frozenAt = await lastSequence();
      await leads(successor);
      const tookOverAfterMs = performance.now() - frozenAtMs;
      // The zombie's batch begins where its successor's first batch began.
      await lastSequenceAbove(frozenAt);
      zombie.resume();
      await standsBy(zombie);
      const metrics = await (await fetch(`http://127.0.0.1:${zombie.opsPort}/metrics`)).text();
      const refused = Number(/^relay_publish_errors_total{.*class="refused".*} (\d+)$/m.exec(metrics)?.[1] ?? 0);
      await writing.stop();
      await everythingPublished();
      return { faults: await streamFaults(workbench), tookOverAfterMs, refused };
    },

    async close() {
      for (const relay of running) await relay.kill();
      await workbench.close();
      await server.stop();
    },
  };
}
